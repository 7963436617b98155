//! A record that no client library would send, written as bytes: its header's name isn't UTF-8.

use std::io::{Read, Write};
use std::net::TcpStream;

/// Writes one record with the value `bad` to partition 0, by a Produce request of version 3.
pub(crate) fn produce_bad_header(bootstrap: &str, topic: &str) {
    let batch = batch(&record(b"bad", b"\xff\xfe", b"x"));
    let mut request = Vec::new();
    int16(&mut request, 0); // Produce
    int16(&mut request, 3);
    int32(&mut request, 1); // correlation
    string(&mut request, "raw");
    int16(&mut request, -1); // no transaction
    int16(&mut request, -1); // all replicas
    int32(&mut request, 10_000);
    int32(&mut request, 1);
    string(&mut request, topic);
    int32(&mut request, 1);
    int32(&mut request, 0);
    int32(&mut request, batch.len() as i32);
    request.extend_from_slice(&batch);
    let mut socket = TcpStream::connect(bootstrap).unwrap();
    socket.write_all(&(request.len() as i32).to_be_bytes()).unwrap();
    socket.write_all(&request).unwrap();
    let mut size = [0; 4];
    socket.read_exact(&mut size).unwrap();
    let mut response = vec![0; i32::from_be_bytes(size) as usize];
    socket.read_exact(&mut response).unwrap();
    // correlation, one topic, its name, one partition, its number, the error code
    let error = 4 + 4 + 2 + topic.len() + 4 + 4;
    assert_eq!(response[error..error + 2], [0, 0], "{response:?}");
}

fn record(value: &[u8], header: &[u8], header_value: &[u8]) -> Vec<u8> {
    let mut body = vec![0]; // attributes
    varint(&mut body, 0); // timestamp delta
    varint(&mut body, 0); // offset delta
    varint(&mut body, -1); // no key
    bytes(&mut body, value);
    varint(&mut body, 1);
    bytes(&mut body, header);
    bytes(&mut body, header_value);
    let mut record = Vec::new();
    varint(&mut record, body.len() as i64);
    record.extend_from_slice(&body);
    record
}

fn batch(record: &[u8]) -> Vec<u8> {
    let mut checked = Vec::new();
    int16(&mut checked, 0); // attributes
    int32(&mut checked, 0); // last offset delta
    checked.extend_from_slice(&1_i64.to_be_bytes()); // first timestamp
    checked.extend_from_slice(&1_i64.to_be_bytes()); // last timestamp
    checked.extend_from_slice(&(-1_i64).to_be_bytes()); // producer id
    int16(&mut checked, -1); // producer epoch
    int32(&mut checked, -1); // sequence
    int32(&mut checked, 1); // records
    checked.extend_from_slice(record);
    let mut batch = 0_i64.to_be_bytes().to_vec();
    int32(&mut batch, checked.len() as i32 + 9);
    int32(&mut batch, -1); // leader epoch
    batch.push(2); // magic
    batch.extend_from_slice(&crc32c(&checked).to_be_bytes());
    batch.extend_from_slice(&checked);
    batch
}

/// CRC-32C (Castagnoli), bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(
            crc ^ u32::from(byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 },
        )
    })
}

fn int16(out: &mut Vec<u8>, value: i16) {
    out.extend_from_slice(&value.to_be_bytes());
}

fn int32(out: &mut Vec<u8>, value: i32) {
    out.extend_from_slice(&value.to_be_bytes());
}

fn string(out: &mut Vec<u8>, value: &str) {
    int16(out, value.len() as i16);
    out.extend_from_slice(value.as_bytes());
}

fn bytes(out: &mut Vec<u8>, value: &[u8]) {
    varint(out, value.len() as i64);
    out.extend_from_slice(value);
}

/// Zigzag, then seven bits a byte.
fn varint(out: &mut Vec<u8>, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

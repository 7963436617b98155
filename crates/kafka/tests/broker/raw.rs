//! Records and batches that no client library would send, written as bytes.

use std::io::{Read, Write};
use std::net::TcpStream;

/// How a batch is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    Gzip,
    Snappy,
    /// In chunks, as Java's clients pack it.
    FramedSnappy,
    Lz4,
    Zstd,
}

impl Codec {
    /// Its number in a batch's attributes.
    fn number(self) -> i16 {
        match self {
            Self::Gzip => 1,
            Self::Snappy | Self::FramedSnappy => 2,
            Self::Lz4 => 3,
            Self::Zstd => 4,
        }
    }
}

/// Writes one record with the value `bad`, whose header's name isn't UTF-8, to partition 0.
pub(crate) fn produce_bad_header(bootstrap: &str, topic: &str) {
    produce(bootstrap, topic, &batch(0, 1, &record(b"bad", b"\xff\xfe", b"x")));
}

/// Writes a batch of `records` records to partition 0, of which the last one's value has some `zeros` bytes, all zero.
/// Gives the size of the batch.
pub(crate) fn produce_zeros(bootstrap: &str, topic: &str, codec: Codec, records: i32, zeros: usize) -> usize {
    // Whole blocks of LZ4, with the count of headers in the last one.
    let zeros = zeros.next_multiple_of(LZ4_BLOCK) - 1;
    let mut start = Vec::new();
    for delta in 0..records - 1 {
        let mut body = vec![0, 0];
        varint(&mut body, i64::from(delta));
        varint(&mut body, -1);
        bytes(&mut body, b"small");
        body.push(0);
        varint(&mut start, body.len() as i64);
        start.extend_from_slice(&body);
    }
    let mut body = vec![0, 0];
    varint(&mut body, i64::from(records - 1));
    varint(&mut body, -1);
    varint(&mut body, zeros as i64);
    varint(&mut start, (body.len() + zeros + 1) as i64);
    start.extend_from_slice(&body);
    let plain = || start.chain(std::io::repeat(0).take(zeros as u64 + 1));
    let mut packed = Vec::new();
    match codec {
        Codec::Gzip => {
            let mut encoder = flate2::read::GzEncoder::new(plain(), flate2::Compression::best());
            encoder.read_to_end(&mut packed).unwrap();
        }
        Codec::Snappy => packed = snappy(&start, zeros + 1),
        Codec::FramedSnappy => packed = framed_snappy(&start, (zeros + 1) / LZ4_BLOCK),
        Codec::Zstd => packed = zstd::encode_all(plain(), 1).unwrap(),
        Codec::Lz4 => packed = lz4(&start, (zeros + 1) / LZ4_BLOCK),
    }
    let batch = batch(codec.number(), records, &packed);
    produce(bootstrap, topic, &batch);
    batch.len()
}

/// A Snappy block of `start` and at least so many zeros: one zero, and copies of 64 bytes of what lies one byte back.
fn snappy(start: &[u8], zeros: usize) -> Vec<u8> {
    assert!(zeros.is_multiple_of(64), "one literal zero, 63 copied ones, and whole copies");
    let mut block = Vec::new();
    let mut length = start.len() + zeros;
    while length >= 0x80 {
        block.push(length as u8 | 0x80);
        length >>= 7;
    }
    block.push(length as u8);
    for part in start.chunks(60) {
        block.push((part.len() as u8 - 1) << 2);
        block.extend_from_slice(part);
    }
    block.extend_from_slice(&[0, 0]);
    let copy = |length: usize| [((length - 1) << 2 | 2) as u8, 1, 0];
    block.extend_from_slice(&copy(63));
    block.extend((1..zeros / 64).flat_map(|_| copy(64)));
    block
}

/// Chunks as snappy-java frames them: `start` with as many zeros as a block of LZ4 has, and more such blocks of zeros.
fn framed_snappy(start: &[u8], blocks: usize) -> Vec<u8> {
    let mut framed = b"\x82SNAPPY\x00\x00\x00\x00\x01\x00\x00\x00\x01".to_vec();
    for block in 0..blocks {
        let chunk = snappy(if block == 0 { start } else { &[] }, LZ4_BLOCK);
        framed.extend_from_slice(&(chunk.len() as u32).to_be_bytes());
        framed.extend_from_slice(&chunk);
    }
    framed
}

/// Bytes of a block in [`lz4`].
const LZ4_BLOCK: usize = 4 << 20;

/// An LZ4 frame of `start` and some blocks of zeros.
fn lz4(start: &[u8], blocks: usize) -> Vec<u8> {
    // Version 1, independent blocks of up to 4 MiB, and the checksum of these two bytes.
    let mut frame = vec![0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73];
    frame.extend_from_slice(&(start.len() as u32 | 1 << 31).to_le_bytes());
    frame.extend_from_slice(start);
    // One zero, a copy of what lies one byte back, and five zeros more: a block must end with them.
    let mut block = vec![0x1f, 0, 1, 0];
    let copied = LZ4_BLOCK - 6 - 4 - 15;
    block.extend(std::iter::repeat_n(255, copied / 255));
    block.extend_from_slice(&[(copied % 255) as u8, 0x50, 0, 0, 0, 0, 0]);
    for _ in 0..blocks {
        frame.extend_from_slice(&(block.len() as u32).to_le_bytes());
        frame.extend_from_slice(&block);
    }
    frame.extend_from_slice(&[0; 4]);
    frame
}

/// Writes a batch to partition 0, by a Produce request of version 7, as zstd needs it.
fn produce(bootstrap: &str, topic: &str, batch: &[u8]) {
    let mut request = Vec::new();
    int16(&mut request, 0); // Produce
    int16(&mut request, 7);
    int32(&mut request, 1); // correlation
    string(&mut request, "raw");
    int16(&mut request, -1); // no transaction
    int16(&mut request, -1); // all replicas
    int32(&mut request, 60_000);
    int32(&mut request, 1);
    string(&mut request, topic);
    int32(&mut request, 1);
    int32(&mut request, 0);
    int32(&mut request, batch.len() as i32);
    request.extend_from_slice(batch);
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

fn batch(attributes: i16, count: i32, records: &[u8]) -> Vec<u8> {
    let mut checked = Vec::new();
    int16(&mut checked, attributes);
    int32(&mut checked, count - 1); // last offset delta
    checked.extend_from_slice(&1_i64.to_be_bytes()); // first timestamp
    checked.extend_from_slice(&1_i64.to_be_bytes()); // last timestamp
    checked.extend_from_slice(&(-1_i64).to_be_bytes()); // producer id
    int16(&mut checked, -1); // producer epoch
    int32(&mut checked, -1); // sequence
    int32(&mut checked, count);
    checked.extend_from_slice(records);
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

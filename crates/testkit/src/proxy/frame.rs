//! Requests as they come off a client's connection.

use std::io::{self, Read};

/// What was read at once.
pub(super) enum Frame {
    /// A whole request with its length.
    Request(Vec<u8>),
    /// Bytes of a connection that doesn't speak the Kafka protocol openly.
    Opaque(Vec<u8>),
    /// The client closed its side.
    End,
}

impl Frame {
    /// Reads the next request. Its length is far below 16 MiB, so the first byte is zero; a TLS record's isn't.
    pub(super) fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut head = [0; 4];
        if from.read(&mut head[..1])? == 0 {
            return Ok(Self::End);
        }
        if head[0] != 0 {
            let mut bytes = vec![0; 64 << 10];
            bytes[0] = head[0];
            let more = from.read(&mut bytes[1..])?;
            bytes.truncate(1 + more);
            return Ok(Self::Opaque(bytes));
        }
        from.read_exact(&mut head[1..])?;
        let length = usize::try_from(u32::from_be_bytes(head)).map_err(io::Error::other)?;
        let mut bytes = head.to_vec();
        bytes.resize(4 + length, 0);
        from.read_exact(&mut bytes[4..])?;
        Ok(Self::Request(bytes))
    }
}

/// The API key of a request with its length.
pub(super) fn api_key(request: &[u8]) -> Option<i16> {
    Some(i16::from_be_bytes([*request.get(4)?, *request.get(5)?]))
}

//! Protocol Buffers' wire format: fields of one message, in order, borrowed from the bytes. Engines whose model files are
//! of that format read them with it.
//!
//! This is our own because the bytes are not trusted: generated code builds the whole message before anything of it can be
//! checked, and copies the weights. Here a scan borrows, and its time and memory are bounded by the file's length.
//!
//! Source: the Protocol Buffers encoding specification. Groups, which ONNX never had, count as corrupt.

/// The bytes are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// One field's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WireValue<'a> {
    /// A number: wire types 0, 1 and 5.
    Number(u64),
    /// A string, bytes, a packed list or a message inside.
    Bytes(&'a [u8]),
}

impl<'a> WireValue<'a> {
    /// The bytes.
    ///
    /// # Errors
    /// When it is a number.
    pub fn bytes(self) -> Result<&'a [u8], Malformed> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Number(_) => Err(Malformed),
        }
    }

    /// The bytes as UTF-8.
    ///
    /// # Errors
    /// When it is a number or other bytes.
    pub fn text(self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Malformed)
    }

    /// The number's bits.
    ///
    /// # Errors
    /// When it is bytes.
    pub fn number(self) -> Result<u64, Malformed> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Bytes(_) => Err(Malformed),
        }
    }
}

/// The fields of one message; ends after the first malformed one.
#[derive(Debug, Clone)]
pub struct WireFields<'a> {
    rest: &'a [u8],
}

impl<'a> WireFields<'a> {
    /// The fields of `message`.
    pub fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The part that was not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn field(&mut self) -> Result<(u32, WireValue<'a>), Malformed> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).map_err(|_| Malformed)?;
        let value = match tag & 7 {
            0 => WireValue::Number(self.varint()?),
            1 => WireValue::Number(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| Malformed)?;
                WireValue::Bytes(self.take(length)?)
            }
            5 => WireValue::Number(u64::from(u32::from_le_bytes(self.array()?))),
            _ => return Err(Malformed),
        };
        if number == 0 { Err(Malformed) } else { Ok((number, value)) }
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.array::<1>()?[0];
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Malformed)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.try_into().map_err(|_| Malformed)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Malformed)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// The numbers of a packed list of varints, in order; ends after the first malformed one.
pub fn packed_numbers(list: &[u8]) -> impl Iterator<Item = Result<u64, Malformed>> {
    let mut fields = WireFields::new(list);
    std::iter::from_fn(move || {
        if fields.rest.is_empty() {
            return None;
        }
        let number = fields.varint();
        if number.is_err() {
            fields.rest = &[];
        }
        Some(number)
    })
}

impl<'a> Iterator for WireFields<'a> {
    type Item = Result<(u32, WireValue<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_and_bytes_come_out_as_they_went_in() {
        let message = [0x08, 0x96, 0x01, 0x12, 0x02, b'h', b'i', 0x1d, 1, 0, 0, 0];
        let fields: Vec<_> = WireFields::new(&message).collect();
        let expected = [
            Ok((1, WireValue::Number(150))),
            Ok((2, WireValue::Bytes(b"hi"))),
            Ok((3, WireValue::Number(1))),
        ];
        assert_eq!(fields, expected);
    }

    #[test]
    fn a_length_past_the_end_is_malformed() {
        assert_eq!(WireFields::new(&[0x12, 0x05, b'h']).last(), Some(Err(Malformed)));
    }

    #[test]
    fn an_endless_number_is_malformed() {
        assert_eq!(WireFields::new(&[0xff; 32]).last(), Some(Err(Malformed)));
    }

    #[test]
    fn a_group_and_field_zero_are_malformed() {
        assert_eq!(WireFields::new(&[0x0b, 0x0c]).next(), Some(Err(Malformed)));
        assert_eq!(WireFields::new(&[0x00, 0x01]).next(), Some(Err(Malformed)));
    }

    #[test]
    fn packed_numbers_end_at_the_first_malformed_one() {
        let numbers: Vec<_> = packed_numbers(&[0x07, 0x96, 0x01, 0x80]).collect();
        assert_eq!(numbers, [Ok(7), Ok(150), Err(Malformed)]);
    }

    proptest! {
        #[test]
        fn any_bytes_end_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
            prop_assert!(WireFields::new(&bytes).count() <= bytes.len());
        }
    }
}

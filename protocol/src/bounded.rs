//! Field decoders that refuse before they copy: byte strings, texts and lists with a named cap.
//! They must never allocate from a length that the input only claims (RFC 8949 §5.3, §10).

use minicbor::decode::{Decode, Decoder, Error};

/// A byte string of at most `MAX` bytes; for `#[cbor(decode_with = …)]`.
pub fn bytes<C, const MAX: usize>(d: &mut Decoder<'_>, _: &mut C) -> Result<Vec<u8>, Error> {
    let at = d.position();
    let bytes = d.bytes()?;
    if bytes.len() > MAX {
        return Err(Error::message("byte string over its limit").at(at));
    }
    Ok(bytes.to_vec())
}

/// A text of at most `MAX` bytes.
pub fn text<C, const MAX: usize>(d: &mut Decoder<'_>, _: &mut C) -> Result<String, Error> {
    let at = d.position();
    let text = d.str()?;
    if text.len() > MAX {
        return Err(Error::message("text over its limit").at(at));
    }
    Ok(text.to_owned())
}

/// A list of at most `MAX` items; grows with what is really there.
pub fn list<'b, C, T: Decode<'b, C>, const MAX: usize>(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Vec<T>, Error> {
    let at = d.position();
    let mut items = Vec::new();
    for item in d.array_iter_with(ctx)? {
        if items.len() == MAX {
            return Err(Error::message("list over its limit").at(at));
        }
        items.push(item?);
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_than_the_cap_is_refused() {
        let three = [0x43, 1, 2, 3];
        assert_eq!(bytes::<(), 3>(&mut Decoder::new(&three), &mut ()).ok(), Some(vec![1, 2, 3]));
        assert!(bytes::<(), 2>(&mut Decoder::new(&three), &mut ()).is_err());
        assert_eq!(text::<(), 2>(&mut Decoder::new(&[0x62, b'a', b'b']), &mut ()).ok().as_deref(), Some("ab"));
        assert!(text::<(), 1>(&mut Decoder::new(&[0x62, b'a', b'b']), &mut ()).is_err());
        let list_of_two = [0x82, 1, 2];
        assert_eq!(list::<(), u8, 2>(&mut Decoder::new(&list_of_two), &mut ()).ok(), Some(vec![1, 2]));
        assert!(list::<(), u8, 1>(&mut Decoder::new(&list_of_two), &mut ()).is_err());
    }

    #[test]
    fn a_claimed_length_allocates_nothing() {
        // An array and a byte string that claim 2^60 items and bring none.
        assert!(
            list::<(), u8, { usize::MAX }>(&mut Decoder::new(&[0x9b, 0x10, 0, 0, 0, 0, 0, 0, 0]), &mut ()).is_err()
        );
        assert!(bytes::<(), { usize::MAX }>(&mut Decoder::new(&[0x5b, 0x10, 0, 0, 0, 0, 0, 0, 0]), &mut ()).is_err());
    }
}

//! How parsers are attacked: noise, and valid samples with damage. Nothing panics, and what is accepted means the same when it is
//! written again. Bounded; runs on stable as an ordinary test.

use std::time::Duration;

use protocol::codec;

pub const ITERATIONS: usize = 3_000;
pub const TEST_TIME: Duration = Duration::from_secs(5);
pub const NOISE_BYTES_MAX: usize = 1_024;

/// One damage to a valid sample.
#[derive(Debug, Clone, Copy, bolero::TypeGenerator)]
pub enum Damage {
    Set {
        at: u16,
        byte: u8,
    },
    Insert {
        at: u16,
        byte: u8,
    },
    Remove {
        at: u16,
    },
    Cut {
        at: u16,
    },
    /// Writes a CBOR head that claims an enormous length.
    Claim {
        at: u16,
        major: u8,
    },
}

pub fn damaged(sample: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = sample.to_vec();
    for damage in damages.iter().take(8) {
        let (Damage::Set { at, .. }
        | Damage::Insert { at, .. }
        | Damage::Remove { at }
        | Damage::Cut { at }
        | Damage::Claim { at, .. }) = *damage;
        let at = usize::from(at) % bytes.len().max(1);
        match *damage {
            _ if bytes.is_empty() => {}
            Damage::Set { byte, .. } => bytes[at] = byte,
            Damage::Insert { byte, .. } => bytes.insert(at, byte),
            Damage::Remove { .. } => drop(bytes.remove(at)),
            Damage::Cut { .. } => bytes.truncate(at),
            Damage::Claim { major, .. } => {
                let head = [(major << 5) | 27, 0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
                bytes.splice(at..at, head);
            }
        }
    }
    bytes
}

/// `parse` must accept every sample, and must come through noise and damage.
pub fn attack(samples: &[Vec<u8>], parse: impl Fn(&[u8]) -> bool + std::panic::RefUnwindSafe) {
    for sample in samples {
        assert!(parse(sample), "a valid sample is refused");
    }
    bolero::check!().with_iterations(ITERATIONS).with_test_time(TEST_TIME).with_max_len(NOISE_BYTES_MAX).for_each(
        |noise: &[u8]| {
            parse(noise);
        },
    );
    bolero::check!().with_iterations(ITERATIONS).with_test_time(TEST_TIME).with_type::<(u8, Vec<Damage>)>().for_each(
        |(which, damages)| {
            parse(&damaged(&samples[usize::from(*which) % samples.len()], damages));
        },
    );
}

/// Accepted bytes, written again and read again, are the same document.
pub fn comes_back<T: PartialEq, E>(
    read: Result<T, E>,
    write: impl Fn(&T) -> Vec<u8>,
    again: impl Fn(&[u8]) -> Option<T>,
) -> bool {
    match read {
        Ok(value) => {
            assert!(again(&write(&value)).is_some_and(|same| same == value));
            true
        }
        Err(_) => false,
    }
}

pub fn decodes<T>(bytes: &[u8]) -> bool
where
    T: PartialEq + minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()>,
{
    comes_back(codec::decode::<T>(bytes), codec::encode, |bytes| codec::decode(bytes).ok())
}

/// Written, read, and written again: the same bytes. For documents whose secrets are not to be compared.
pub fn writes_the_same<T: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()>>(bytes: &[u8]) -> bool {
    codec::decode::<T>(bytes).is_ok_and(|value| {
        let written = codec::encode(&value);
        assert!(codec::decode::<T>(&written).is_ok_and(|again| codec::encode(&again) == written));
        true
    })
}

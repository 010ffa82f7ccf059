//! Where a page ends, as text that means nothing to anybody else. It names no person by anything but an id.

use data_encoding::BASE64URL_NOPAD;

/// So that the cursor of one list is refused by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    People = 1,
    Devices = 2,
    Runs = 3,
    Oldest = 4,
    Newest = 5,
    Policies = 6,
}

/// The text for a place.
pub fn write(list: List, place: &[u8]) -> String {
    BASE64URL_NOPAD.encode(&[&[list as u8], place].concat())
}

/// The place, if the text is one of this list.
pub fn read<const N: usize>(list: List, text: &str) -> Option<[u8; N]> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    let (kind, place) = bytes.split_first()?;
    if *kind == list as u8 { place.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_in_its_own_list_only() {
        let text = write(List::People, &[7; 16]);
        assert_eq!(read(List::People, &text), Some([7; 16]));
        assert_eq!(read::<16>(List::Devices, &text), None);
        assert_eq!(read::<8>(List::People, &text), None);
        for wrong in ["", "=", "é", "AAAA", &text[1..]] {
            assert_eq!(read::<16>(List::People, wrong), None, "{wrong}");
        }
    }
}

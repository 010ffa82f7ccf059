//! The picture of a group as a file: made small before it leaves, with nothing in it but what is seen (no place, no camera, no date of
//! the photograph). It must never decode what came from somebody else.

use std::io::{Cursor, Read as _};
use std::path::Path;

use data_encoding::BASE64;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GenericImageView as _, ImageDecoder as _, ImageReader, Limits, RgbImage, Rgba};
use serde_json::Value;

use super::Failure;
use super::show::field;
use crate::rpc::Fault;

/// Width and height of what is sent, at most, in pixels.
const SIDE_MAX: u32 = 256;
/// JPEG quality, 1 to 100: a picture of [`SIDE_MAX`] stays well below what a group takes.
const QUALITY: u8 = 80;
/// Width and height of what is read, at most, in pixels.
const READ_SIDE_MAX: u32 = 16_384;
/// Memory for reading it, at most, in bytes.
const READ_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Bytes of the file that is read, at most.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What `none` stands for is no picture.
pub(super) fn read(path: &Path) -> Result<Option<String>, Failure> {
    if path == Path::new("none") {
        return Ok(None);
    }
    let unread = |error: std::io::Error| Fault::with("picture-not-read", error.kind());
    let mut file = Vec::new();
    std::fs::File::open(path).and_then(|open| open.take(FILE_BYTES_MAX + 1).read_to_end(&mut file)).map_err(unread)?;
    if file.len() as u64 > FILE_BYTES_MAX {
        return Err(Fault::with("picture-too-large", FILE_BYTES_MAX).into());
    }
    Ok(Some(BASE64.encode(&shrunk(&file)?)))
}

/// A small JPEG of a JPEG or PNG.
fn shrunk(file: &[u8]) -> Result<Vec<u8>, Fault> {
    let unreadable = |_| Fault::new("picture-unreadable");
    let mut reader =
        ImageReader::new(Cursor::new(file)).with_guessed_format().map_err(|_| Fault::new("picture-unreadable"))?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(READ_SIDE_MAX), Some(READ_SIDE_MAX));
    limits.max_alloc = Some(READ_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    // Telephones write which side is up beside the pixels, and only the pixels go on.
    let orientation = decoder.orientation().map_err(unreadable)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    picture.apply_orientation(orientation);
    let picture =
        if picture.width().max(picture.height()) > SIDE_MAX { picture.thumbnail(SIDE_MAX, SIDE_MAX) } else { picture };
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(&on_white(&picture)).map_err(unreadable)?;
    Ok(jpeg)
}

/// JPEG knows no transparency: what is clear becomes white, as on a page.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    RgbImage::from_fn(width, height, |x, y| {
        let Rgba([red, green, blue, alpha]) = picture.get_pixel(x, y);
        let over = |color: u8| {
            let mixed = (u16::from(color) * u16::from(alpha) + 255 * (255 - u16::from(alpha))) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        image::Rgb([over(red), over(green), over(blue)])
    })
}

/// Writes a new file; nothing is written over.
pub(super) fn save(path: &Path, answer: &Value) -> Result<(), Failure> {
    let text = answer["picture"].as_str().ok_or_else(|| Fault::new("picture-none"))?;
    let bytes = BASE64.decode(text.as_bytes()).map_err(|_| Fault::new("picture-unreadable"))?;
    let written = std::fs::File::create_new(path).and_then(|mut file| std::io::Write::write_all(&mut file, &bytes));
    written.map_err(|error| Fault::with("picture-not-written", error.kind()).into())
}

/// Whether the answer has a picture.
pub(super) fn is_there(answer: &Value) -> bool {
    !field(answer, "picture").is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photograph_becomes_small_and_says_nothing_of_its_place() {
        let mut png = Vec::new();
        let photograph = RgbImage::from_fn(1_200, 800, |x, y| image::Rgb([(x % 256) as u8, (y % 256) as u8, 90]));
        photograph.write_to(&mut Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
        let jpeg = shrunk(&png).unwrap();
        assert!(jpeg.len() < 64 * 1024 && jpeg.starts_with(&[0xff, 0xd8, 0xff]), "{}", jpeg.len());
        let small = image::load_from_memory(&jpeg).unwrap();
        assert_eq!(small.dimensions(), (256, 171), "the sides keep their proportion");
        // No APP1, where cameras write.
        assert!(!jpeg.windows(2).any(|pair| pair == [0xff, 0xe1]));
    }

    #[test]
    fn what_is_no_picture_is_refused_and_a_huge_one_takes_no_memory() {
        for bytes in [&b""[..], b"%PDF-1.7", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"] {
            assert!(shrunk(bytes).is_err());
        }
        // A header that promises 100,000 x 100,000 pixels.
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        png.extend([0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0, 8, 2, 0, 0, 0, 0, 0, 0, 0]);
        assert!(shrunk(&png).is_err());
    }

    #[test]
    fn what_is_clear_is_white() {
        let clear = DynamicImage::ImageRgba8(image::RgbaImage::from_pixel(1, 1, Rgba([0, 0, 0, 0])));
        assert_eq!(on_white(&clear).get_pixel(0, 0).0, [255; 3]);
    }
}

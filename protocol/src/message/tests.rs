//! What is read of a message's bytes, and the limits in it.

use super::*;
use crate::codec;

/// As a document holds it.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Document {
    #[cbor(n(0), with = "wire")]
    body: MessageBody,
}

/// One field, under 0.
const FIELD: [u8; 2] = [0xa1, 0x00];

fn id(byte: u8) -> MemberId {
    MemberId::from_bytes([byte; 16])
}

fn read(bytes: &[u8]) -> Result<MessageBody, Malformed> {
    codec::decode::<Document>(&[&FIELD, bytes].concat()).map(|document| document.body)
}

fn written(body: &MessageBody) -> Vec<u8> {
    codec::encode(&Document { body: body.clone() }).split_off(FIELD.len())
}

#[test]
fn what_a_later_version_says_is_kept_as_it_came() {
    // Kind 23, kind 4096, and our own mark for such bodies.
    let unknown: [&[u8]; 3] =
        [&[0x82, 0x17, 0x81, 0x61, b'x'], &[0x82, 0x19, 0x10, 0x00, 0x80], &[0x82, 0x19, 0xff, 0xff, 0x81, 0x41, 0x00]];
    for bytes in unknown {
        let body = read(bytes).unwrap();
        assert!(matches!(&body, MessageBody::Later(_)), "{bytes:02x?}");
        assert_eq!(body.check(), Ok(()));
        assert_eq!(written(&body), bytes);
    }
    for bytes in [&[0x83, 0x17, 0x80, 0x80][..], &[0x82, 0x17, 0x00], &[0x82, 0xf5, 0x80], &[0x82, 0x17, 0x82, 0x00]] {
        assert!(read(bytes).is_err(), "{bytes:02x?}");
    }
}

#[test]
fn what_a_later_version_says_of_forwarding_is_no_permission() {
    let read = read(&[0x82, 0x00, 0x82, 0x61, b'x', 0xa2, 0x02, 0x07, 0x03, 0x07]).unwrap();
    let context = read.context().unwrap();
    assert_eq!((context.forwarding, context.origin), (Forwarding::Forbidden, Origin::Forwarded));
}

#[test]
fn a_text_without_a_context_is_read() {
    assert_eq!(read(&[0x82, 0x00, 0x81, 0x61, b'x']), Ok(MessageBody::text("x".into())));
}

#[test]
fn limits_hold_in_every_kind() {
    let message = MessageId::from_bytes([1; 16]);
    let too_many = || (0..=MENTIONS_MAX).map(|n| id(u8::try_from(n).unwrap())).collect::<Vec<_>>();
    let text = |context| MessageBody::Text { text: "x".into(), context };
    let edit = |text: &str, mentions| MessageBody::Edit { message, text: text.into(), mentions };
    let reaction = |emoji: &str| MessageBody::Reaction { message, emoji: Some(emoji.into()) };
    let lives = |lifetime_s| text(Context { lifetime_s: Some(lifetime_s), ..Context::default() });
    let mentions = |mentions| text(Context { mentions, ..Context::default() });
    let in_folder = |name: &str, path: &[&str], files| {
        let path = path.iter().map(|name| (*name).into()).collect();
        let folder = Some(InFolder { nonce: [1; 16], name: name.into(), path, files, bytes: 10 });
        let (file, root) = (FileId::from_bytes([1; 16]), Hash32::from_bytes([2; 32]));
        let offer =
            FileOffer { file, name: "a.txt".into(), bytes: 10, media_type: String::new(), root, key: [3; 32], folder };
        MessageBody::FileOffer { offer, context: Context::default() }
    };
    let most = u32::try_from(FOLDER_FILES_MAX).unwrap();
    let refused = [
        in_folder("..", &[], 1),
        in_folder("", &[], 1),
        in_folder("a", &["..", "etc"], 1),
        in_folder("a", &["/etc"], 1),
        in_folder("a", &["b\\c"], 1),
        in_folder("a", &["b\0"], 1),
        in_folder("a", &["b"; FOLDER_DEPTH_MAX + 1], 1),
        in_folder(&"x".repeat(FILE_NAME_BYTES_MAX + 1), &[], 1),
        in_folder("a", &[], 0),
        in_folder("a", &[], most + 1),
        edit(&"x".repeat(MESSAGE_TEXT_BYTES_MAX + 1), vec![]),
        edit("x", vec![id(2), id(1)]),
        edit("x", vec![id(1), id(1)]),
        edit("x", too_many()),
        mentions(vec![id(2), id(1)]),
        mentions(too_many()),
        lives(0),
        lives(MESSAGE_LIFETIME_S_MAX + 1),
        reaction(""),
        reaction(&"x".repeat(REACTION_BYTES_MAX + 1)),
        MessageBody::Timer { seconds: Some(0) },
        MessageBody::Timer { seconds: Some(MESSAGE_LIFETIME_S_MAX + 1) },
    ];
    for body in refused {
        assert!(body.check().is_err(), "{body:?}");
    }
    assert!(read(&written(&edit("x", too_many()))).is_err(), "before they are all read");
    let taken = [
        in_folder("Rounds", &["b"; FOLDER_DEPTH_MAX], most),
        edit(&"x".repeat(MESSAGE_TEXT_BYTES_MAX), vec![id(1), id(2)]),
        lives(MESSAGE_LIFETIME_S_MAX),
        reaction(&"x".repeat(REACTION_BYTES_MAX)),
        MessageBody::Reaction { message, emoji: None },
        MessageBody::Timer { seconds: Some(MESSAGE_LIFETIME_S_MAX) },
        MessageBody::Timer { seconds: None },
    ];
    for body in taken {
        assert_eq!((body.check(), read(&written(&body))), (Ok(()), Ok(body)));
    }
}

//! The tasks that carry frames between a link, the engine and the porter. They decide nothing, and hold no more than they must.

use bytes::Bytes;
use protocol::ids::{DeviceId, LinkId};
use protocol::link::{Channel, LinkFrame};
use tokio::sync::mpsc;

use super::Input;
use crate::files::{LinkPorts, Porter};
use crate::net::link::{Link, LinkEvent, LinkEvents};

/// Frames about files, pieces apart, that wait for one link.
const FILE_FRAMES_MAX: usize = 64;
/// Pieces that wait for one link: short, so that reading keeps pace with sending.
const FILE_PIECES_MAX: usize = 4;

pub(super) async fn send_frames(link: Link, mut waiting: mpsc::Receiver<Bytes>) {
    while let Some(frame) = waiting.recv().await {
        if link.send_control(frame).await.is_err() {
            return;
        }
    }
}

/// Carries what arrives on a link: pieces of files straight to the porter, which sets the pace, everything else to the engine.
pub(super) async fn forward(
    (device, link): (DeviceId, LinkId),
    live: Link,
    mut events: LinkEvents,
    porter: Porter,
    input: mpsc::Sender<Input>,
) {
    let (control, control_waiting) = mpsc::channel(FILE_FRAMES_MAX);
    let (pieces, pieces_waiting) = mpsc::channel(FILE_PIECES_MAX);
    let sending = [
        tokio::spawn(send_file_frames(live.clone(), Channel::Control, control_waiting)),
        tokio::spawn(send_file_frames(live, Channel::Bulk, pieces_waiting)),
    ];
    // The porter ends only with the client.
    let _ = porter.link_opened(link, device, LinkPorts { control, pieces }).await;
    loop {
        match events.recv().await {
            LinkEvent::Bulk(bytes) => {
                if let Ok(frame @ LinkFrame::FilePiece { .. }) = LinkFrame::from_bytes(&bytes) {
                    let _ = porter.frame(link, frame).await;
                }
            }
            LinkEvent::Control(bytes) => match LinkFrame::from_bytes(&bytes) {
                Ok(
                    frame @ (LinkFrame::FileCredit { .. } | LinkFrame::FileStop { .. } | LinkFrame::FileRefused { .. }),
                ) => {
                    let _ = porter.frame(link, frame).await;
                }
                Ok(_) | Err(_) => {
                    if input.send(Input::Frame(device, link, bytes)).await.is_err() {
                        break;
                    }
                }
            },
            LinkEvent::Closed(reason) => {
                let _ = input.send(Input::LinkClosed(device, link, reason)).await;
                break;
            }
        }
    }
    let _ = porter.link_closed(link).await;
    for task in sending {
        task.abort();
    }
}

async fn send_file_frames(link: Link, channel: Channel, mut waiting: mpsc::Receiver<LinkFrame>) {
    while let Some(frame) = waiting.recv().await {
        let bytes = Bytes::from(frame.to_bytes());
        let sent = match channel {
            Channel::Control => link.send_control(bytes).await,
            Channel::Bulk => link.send_bulk(bytes).await,
        };
        if sent.is_err() {
            return;
        }
    }
}

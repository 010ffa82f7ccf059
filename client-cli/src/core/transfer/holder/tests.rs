//! The holder alone: refusals, turns, bounds.

use std::collections::VecDeque;

use protocol::ids::{FileId, TransferId};
use protocol::limits::FILE_CREDIT_PIECES_MAX;
use protocol::link::{FileRefusal, LinkFrame};
use protocol::time::Timestamp;

use super::{Grant, Holder, Input, Output, SERVE_AHEAD_PIECES};
use crate::core::transfer::pace::Pace;

const NOW: Timestamp = Timestamp::from_millis(1);

#[test]
fn a_spent_id_a_withdrawn_file_and_too_many_runs_are_refused() {
    let mut holder = Holder::new();
    let now = NOW;
    let request = |id: u8, file: u8, grant| Input::Requested {
        transfer: TransferId::from_bytes([id; 16]),
        file: FileId::from_bytes([file; 16]),
        from: 0,
        credit: 1,
        grant,
    };
    let refusals = |holder: &mut Holder| {
        std::iter::from_fn(|| holder.poll(NOW, &mut Pace::default()))
            .filter_map(|output| match output {
                Output::Send(LinkFrame::FileRefused { reason, .. }) => Some(reason),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    holder.handle(now, request(1, 1, Ok(Grant { pieces: 9 })));
    holder.handle(now, Input::Stopped(TransferId::from_bytes([1; 16])));
    holder.handle(now, request(1, 1, Ok(Grant { pieces: 9 })));
    assert_eq!(refusals(&mut holder), [FileRefusal::Unknown]);
    holder.handle(now, request(2, 1, Err(FileRefusal::Unknown)));
    assert_eq!(refusals(&mut holder), [FileRefusal::Unknown]);
    for id in 10..10 + protocol::limits::FILE_TRANSFERS_PER_LINK_MAX as u8 + 1 {
        holder.handle(now, request(id, id, Ok(Grant { pieces: 9 })));
    }
    assert_eq!(refusals(&mut holder), [FileRefusal::Busy]);
    holder.handle(now, Input::Closed(FileId::from_bytes([10; 16]), FileRefusal::Withdrawn));
    assert_eq!(refusals(&mut holder), [FileRefusal::Withdrawn]);
}

#[test]
fn runs_take_turns_and_little_is_read_ahead() {
    let mut holder = Holder::new();
    let now = NOW;
    let ids = [1, 2, 3].map(|id| TransferId::from_bytes([id; 16]));
    for id in ids {
        holder.handle(
            now,
            Input::Requested {
                transfer: id,
                file: FileId::from_bytes(*id.as_bytes()),
                from: 0,
                credit: u32::MAX,
                grant: Ok(Grant { pieces: u64::MAX }),
            },
        );
    }
    let turns: Vec<_> = std::iter::from_fn(|| holder.poll(NOW, &mut Pace::default()))
        .filter_map(|output| match output {
            Output::Serve(id) => Some(id),
            _ => None,
        })
        .collect();
    assert_eq!(turns.len(), SERVE_AHEAD_PIECES);
    assert_eq!(turns[..6], [ids[0], ids[1], ids[2], ids[0], ids[1], ids[2]]);
    // Credit without bound is still one window per run.
    let mut served = turns.len();
    let mut waiting = VecDeque::from(turns);
    while let Some(id) = waiting.pop_front() {
        holder.handle(now, Input::Served(id));
        while let Some(output) = holder.poll(NOW, &mut Pace::default()) {
            if let Output::Serve(id) = output {
                waiting.push_back(id);
                served += 1;
            }
        }
    }
    assert_eq!(served, 3 * FILE_CREDIT_PIECES_MAX as usize);
}

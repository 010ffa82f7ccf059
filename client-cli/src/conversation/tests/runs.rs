//! Seeded runs: every step may be a message, a frame, a lost link, a crash, a restore. Afterwards both stay online, and every
//! promise is checked. A seed that ever fails is kept here by name.

use rand_core::RngCore as _;

use super::world::{Commit, World};
use crate::crypto::lane::LaneCrypto;

const DAY_MS: u64 = protocol::time::DAY_MS;

fn below<C>(world: &mut World<C>, limit: u32) -> u32 {
    world.rng.next_u32() % limit
}

fn commit<C>(world: &mut World<C>) -> Commit {
    match below(world, 24) {
        0 => Commit::CrashBefore,
        1 => Commit::CrashAfter,
        _ => Commit::Whole,
    }
}

/// What may go wrong on a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weather {
    /// Links come and go; on a link, frames are in order and none is missing.
    Links,
    /// Frames get lost, swapped and repeated on links too.
    Frames,
}

fn run<C: LaneCrypto>(world: &mut World<C>, steps: usize, weather: Weather) {
    for _ in 0..steps {
        let at = below(world, 2) as usize;
        let commit = commit(world);
        match below(world, 100) {
            0..20 => world.send(at, commit),
            20..70 => {
                world.deliver(at, commit);
            }
            70..80 => world.link(commit),
            80..84 => world.unlink(),
            84..90 => {
                let ms = u64::from(below(world, 15_000));
                world.wait(ms);
            }
            90..94 => world.tick(at, commit),
            94 => world.wait(DAY_MS),
            95 => world.back_up(at),
            96 => world.restore(at),
            _ if weather == Weather::Links => {}
            97 => {
                world.machines[at].inbox.pop_front();
            }
            98 if world.machines[at].inbox.len() > 1 => world.machines[at].inbox.swap(0, 1),
            _ => {
                if let Some(frame) = world.machines[at].inbox.front().cloned() {
                    world.machines[at].inbox.push_back(frame);
                }
            }
        }
    }
    world.settle();
    world.check();
}

#[test]
fn every_promise_holds_over_links_that_come_and_go() {
    for seed in 0..60 {
        run(&mut World::fake(seed), 300, Weather::Links);
    }
}

#[test]
fn every_promise_holds_when_links_lose_swap_and_repeat_frames() {
    for seed in 1_000..1_040 {
        run(&mut World::fake(seed), 300, Weather::Frames);
    }
}

#[test]
fn every_promise_holds_with_the_real_groups() {
    for seed in 2_000..2_006 {
        run(&mut World::real(seed), 150, Weather::Links);
    }
}

#[test]
fn a_reader_that_answers_nothing_for_a_month_gets_a_new_lane_and_every_message() {
    let mut world = World::fake(3_000);
    world.settle();
    for _ in 0..5 {
        world.send(0, Commit::Whole);
    }
    world.unlink();
    world.wait(31 * DAY_MS);
    world.settle();
    world.check();
    assert_eq!(world.lanes_ended, 1);
}

#[test]
fn a_long_queue_goes_through_the_window_in_order() {
    let mut world = World::fake(3_001);
    for _ in 0..700 {
        world.send(0, Commit::Whole);
    }
    world.settle();
    world.check();
    assert_eq!(world.machines[1].history().len(), 700);
    assert_eq!(world.lanes_ended, 0);
}

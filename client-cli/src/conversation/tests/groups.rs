//! Groups: seeded runs in which anything may happen, and single stories.

use std::ops::Range;

use protocol::limits::LANE_ENTRIES_MAX;
use protocol::roster::RosterChange;
use protocol::time::{DAY_MS, HOUR_MS};
use rand_core::RngCore as _;

use super::crowd::Crowd;
use super::world::Commit;
use crate::crypto::lane::LaneCrypto;

fn below<C>(crowd: &mut Crowd<C>, limit: usize) -> usize {
    crowd.rng.next_u64() as usize % limit
}

fn commit<C>(crowd: &mut Crowd<C>) -> Commit {
    match below(crowd, 24) {
        0 => Commit::CrashBefore,
        1 => Commit::CrashAfter,
        _ => Commit::Whole,
    }
}

/// What may go wrong on a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weather {
    /// Links come and go, processes crash, networks part, devices are revoked, clocks are wrong.
    Links,
    /// Vaults come back from backups too.
    Backups,
}

/// How far a clock is off at most; beyond a day nobody believes what others say of generations.
const CLOCK_OFF_MS: usize = 5 * HOUR_MS as usize;

fn run<C: LaneCrypto>(crowd: &mut Crowd<C>, steps: usize, weather: Weather) {
    let people = crowd.machines.len();
    // One is not in it at first.
    let others: Vec<usize> = (1..people - 1).collect();
    crowd.begin(0, &others);
    for _ in 0..steps {
        let (at, other) = (below(crowd, people), below(crowd, people));
        let commit = commit(crowd);
        match below(crowd, 110) {
            0..14 => crowd.send(at, commit),
            14..18 => crowd.edit(at, commit),
            18..70 => {
                crowd.deliver(at, commit);
            }
            70..82 => crowd.link(at, other),
            82..86 => crowd.unlink(at, other),
            86..89 => {
                let ms = below(crowd, 15_000) as u64;
                crowd.wait(ms);
            }
            89..92 => crowd.tick(at),
            92 => crowd.wait(DAY_MS),
            93..98 => change(crowd, (at, other), commit),
            98 if weather == Weather::Backups => crowd.back_up(at),
            99 if weather == Weather::Backups => crowd.restore(at),
            100 => {
                let island = (0..people).filter(|_| below(crowd, 2) == 0).collect();
                crowd.part(island);
            }
            101..103 => crowd.join(),
            103 => {
                let off = below(crowd, 2 * CLOCK_OFF_MS);
                crowd.set_clock(at, off as i64 - CLOCK_OFF_MS as i64);
            }
            104 if crowd.may_lose(at) && below(crowd, 3) == 0 => crowd.revoke(at),
            _ => {}
        }
    }
    crowd.settle();
    crowd.check();
}

/// Somebody changes who is in the group.
fn change<C: LaneCrypto>(crowd: &mut Crowd<C>, (at, other): (usize, usize), commit: Commit) {
    let [me, member] = [at, other].map(|at| crowd.machines[at].member);
    let change = match below(crowd, 13) {
        0..3 => RosterChange::Add { member },
        3..6 if at != other => RosterChange::Remove { member },
        6..9 => RosterChange::Promote { member },
        9 => RosterChange::Demote { member },
        10..12 => RosterChange::Transfer { member },
        12 => RosterChange::Remove { member: me },
        _ => return,
    };
    crowd.change(at, commit, change);
}

/// Mostly few, where more happens to each; sometimes as many as twenty.
fn people(seed: u64) -> usize {
    match seed % 32 {
        0 => 20,
        1 => 12,
        2 | 3 => 8,
        rest => 3 + rest as usize % 4,
    }
}

/// The more there are, the more has to happen.
fn steps(people: usize) -> usize {
    140 + 10 * people
}

fn run_seeds(seeds: Range<u64>, weather: Weather) {
    for seed in seeds {
        println!("seed {seed}");
        let people = people(seed);
        run(&mut Crowd::fake(seed, people), steps(people), weather);
    }
}

#[test]
fn every_promise_holds_in_groups_whose_people_come_and_go() {
    run_seeds(0..130, Weather::Links);
}

#[test]
fn every_promise_holds_in_groups_when_vaults_come_back_from_backups() {
    run_seeds(1_000..1_066, Weather::Backups);
}

/// As many runs as `cargo xtask prove` asks for, or as many as fit into its time.
#[test]
#[ignore = "a measurement of thousands of runs: cargo xtask prove"]
fn prove_every_promise_in_groups() {
    let asked = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let (runs, seconds) = (asked("ISOLOIR_PROVE_RUNS"), asked("ISOLOIR_PROVE_SECONDS"));
    let (started, mut done) = (std::time::Instant::now(), 0);
    for seed in 100_000..100_000 + runs.unwrap_or(10_000) {
        if seconds.is_some_and(|seconds| started.elapsed().as_secs() >= seconds) {
            break;
        }
        let weather = if seed % 3 == 0 { Weather::Backups } else { Weather::Links };
        run_seeds(seed..seed + 1, weather);
        done += 1;
    }
    assert!(done > 0);
    eprintln!("{done} runs of groups, {:.0} s", started.elapsed().as_secs_f64());
}

#[test]
fn every_promise_holds_in_groups_with_the_real_lanes() {
    for seed in 500..504 {
        println!("seed {seed}");
        run(&mut Crowd::real(seed, 4), 150, Weather::Links);
    }
}

#[test]
fn a_late_joiner_sees_from_joining_on_and_whoever_was_removed_sees_nothing_more() {
    let mut crowd = Crowd::real(1, 4);
    crowd.begin(0, &[1, 2]);
    crowd.settle();
    crowd.send(0, Commit::Whole);
    let [two, three] = [2, 3].map(|at| crowd.machines[at].member);
    crowd.change(0, Commit::Whole, RosterChange::Add { member: three });
    crowd.settle();
    crowd.send(1, Commit::Whole);
    crowd.settle();
    assert_eq!([1, 2, 3].map(|at| crowd.machines[at].history().len()), [1, 2, 1]);
    crowd.change(0, Commit::Whole, RosterChange::Remove { member: two });
    crowd.send(0, Commit::Whole);
    crowd.settle();
    assert_eq!([1, 2, 3].map(|at| crowd.machines[at].history().len()), [2, 2, 2]);
    assert!(crowd.roster(2).is_some_and(|group| !group.roster.is_member(two)), "they see that they are out");
    crowd.send(2, Commit::Whole);
    crowd.settle();
    crowd.check();
    assert_eq!(crowd.machines[1].history().len(), 2, "nor do they write any more");
}

#[test]
fn somebody_leaves_while_whoever_holds_the_pen_is_away() {
    let mut crowd = Crowd::fake(2, 3);
    crowd.begin(0, &[1, 2]);
    crowd.settle();
    crowd.unlink(0, 1);
    crowd.unlink(0, 2);
    let [one, two] = [1, 2].map(|at| crowd.machines[at].member);
    assert!(crowd.change(1, Commit::Whole, RosterChange::Remove { member: one }));
    while crowd.deliver(2, Commit::Whole) {}
    assert!(crowd.roster(2).is_some_and(|group| !group.roster.is_member(one)), "their own word is enough");
    crowd.send(2, Commit::Whole);
    crowd.settle();
    assert_eq!([0, 1].map(|at| crowd.machines[at].history().len()), [1, 0]);
    assert!(
        !crowd.change(2, Commit::Whole, RosterChange::Remove { member: one }),
        "who is no administrator asks in vain"
    );
    assert!(crowd.roster(0).is_some_and(|group| group.roster.members().any(|member| member == two)));
    crowd.check();
}

#[test]
fn whoever_holds_the_pen_hands_it_on_before_going() {
    let mut crowd = Crowd::fake(3, 3);
    crowd.begin(0, &[1, 2]);
    crowd.settle();
    let zero = crowd.machines[0].member;
    let heir = crowd.heir(1);
    assert!(crowd.change(0, Commit::Whole, RosterChange::Remove { member: zero }));
    crowd.settle();
    let heir = crowd.machines[heir].member;
    assert!(crowd.roster(2).is_some_and(|group| group.roster.pen() == heir && !group.roster.is_member(zero)));
    crowd.check();
}

#[test]
fn the_pen_is_taken_by_the_next_in_line_when_its_holder_leaves_the_organization() {
    let mut crowd = Crowd::fake(4, 4);
    crowd.begin(0, &[1, 2]);
    crowd.settle();
    crowd.send(1, Commit::Whole);
    crowd.revoke(0);
    crowd.settle();
    let three = crowd.machines[3].member;
    let heir = crowd.heir(1);
    assert!(!crowd.change(3 - heir, Commit::Whole, RosterChange::Add { member: three }), "not the next in line");
    assert!(crowd.change(heir, Commit::Whole, RosterChange::Add { member: three }));
    crowd.settle();
    let heir = crowd.machines[heir].member;
    assert!(crowd.roster(3).is_some_and(|group| group.roster.pen() == heir));
    crowd.check();
}

#[test]
fn an_administrator_asks_whoever_holds_the_pen() {
    let mut crowd = Crowd::fake(5, 4);
    crowd.begin(0, &[1, 2]);
    let [one, three] = [1, 3].map(|at| crowd.machines[at].member);
    crowd.change(0, Commit::Whole, RosterChange::Promote { member: one });
    crowd.settle();
    assert!(!crowd.change(2, Commit::Whole, RosterChange::Add { member: three }));
    assert!(crowd.change(1, Commit::Whole, RosterChange::Add { member: three }));
    crowd.settle();
    assert!(crowd.roster(3).is_some_and(|group| group.roster.is_member(three)));
    crowd.check();
}

#[test]
fn one_who_is_away_does_not_stop_the_others_and_gets_everything_beyond_the_caps() {
    let mut crowd = Crowd::fake(6, 3);
    crowd.begin(0, &[1, 2]);
    crowd.settle();
    let welcomes = crowd.welcomes;
    crowd.unlink(0, 2);
    crowd.unlink(1, 2);
    let messages = LANE_ENTRIES_MAX + 100;
    for _ in 0..messages {
        crowd.send(0, Commit::Whole);
        while crowd.deliver(1, Commit::Whole) || crowd.deliver(0, Commit::Whole) {}
    }
    assert_eq!(crowd.machines[1].history().len(), messages);
    crowd.settle();
    assert_eq!(crowd.machines[2].history().len(), messages);
    assert!(crowd.welcomes > welcomes, "they were let in again");
    crowd.check();
}

#[test]
fn what_was_kept_for_a_month_is_kept_as_a_message_from_then_on() {
    let mut crowd = Crowd::fake(7, 3);
    crowd.begin(0, &[1, 2]);
    crowd.settle();
    crowd.unlink(0, 2);
    crowd.unlink(1, 2);
    crowd.send(0, Commit::Whole);
    crowd.settle_without(2);
    crowd.wait(31 * DAY_MS);
    crowd.expire(0);
    crowd.send(0, Commit::Whole);
    crowd.settle();
    assert_eq!([1, 2].map(|at| crowd.machines[at].history().len()), [2, 2]);
    crowd.check();
}

#[test]
fn a_member_whose_device_is_revoked_is_waited_for_no_more() {
    let mut crowd = Crowd::real(8, 3);
    crowd.begin(0, &[1, 2]);
    crowd.settle();
    crowd.unlink(0, 2);
    crowd.send(0, Commit::Whole);
    crowd.settle_without(2);
    assert_eq!(crowd.machines[0].owed().len(), 1);
    crowd.revoke(2);
    assert!(crowd.machines[0].owed().is_empty(), "everybody who is left has it");
    crowd.send(1, Commit::Whole);
    crowd.settle();
    crowd.check();
}

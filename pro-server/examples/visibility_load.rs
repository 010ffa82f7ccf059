//! What `same-group` costs in a large organization: `cargo run --example visibility_load -- [PEOPLE] [GROUPS] [GROUPS_EACH]`. It
//! measures the pure part alone, one core: what one class's list costs when somebody in it has changed, and when nobody has.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use pro_server::domain::member::Profile;
use pro_server::domain::people::{Listed, People};
use protocol::directory::{Group, Person, Visibility};
use protocol::ids::MemberId;
use protocol::time::Timestamp;

/// Classes that are measured; the others are alike.
const SAMPLES: u64 = 200;

fn id(number: u64) -> MemberId {
    MemberId::from_bytes(u128::from(number).to_be_bytes())
}

/// Spreads people over groups without a pattern that helps.
fn spread(number: u64, salt: u64) -> u64 {
    let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(salt.wrapping_mul(0xBF58_476D_1CE4_E5B9));
    (mixed ^ (mixed >> 29)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 17
}

fn listed(number: u64, name: &str, groups: u64, each: u64) -> Listed {
    let groups = (0..each).filter_map(|salt| Group::parse(&format!("group-{}", spread(number, salt) % groups)).ok());
    let (login, name) = (format!("person{number}"), format!("{name} {number}"));
    let profile = Profile::parse(&login, &name, "").and_then(|profile| profile.with_groups(groups.collect()));
    let profile = profile.unwrap_or_else(|_| unreachable!("a sample within bounds"));
    Listed { person: Person { member: id(number), login: login.into(), name: name.into() }, profile: profile.into() }
}

fn timed<T>(act: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let made = act();
    (start.elapsed(), made)
}

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|text| text.parse::<u64>().ok());
    let (count, groups, each) =
        (numbers.next().unwrap_or(100_000), numbers.next().unwrap_or(2_000), numbers.next().unwrap_or(12));
    let everybody: Vec<_> =
        (0..count).map(|number| (id(number), Some(listed(number, "Notary", groups, each)))).collect();
    let mut people = People::new(0, Timestamp::ZERO, [0; 32], [].iter());
    let (filled, ()) = timed(|| people.change(Timestamp::ZERO, [0; 32], everybody));
    println!("{count} people in {groups} groups, {each} each; put together in {filled:?}");

    let readers: BTreeSet<u64> = (0..SAMPLES).map(|sample| spread(sample, 77) % count).collect();
    let views: Vec<_> = readers.iter().map(|reader| people.view(&Visibility::SameGroup, id(*reader))).collect();
    let (whole, seen) = timed(|| views.iter().map(|view| (people.digest_of(view), view)).collect::<Vec<_>>());
    let per_class = |all: Duration| all / u32::try_from(views.len()).unwrap_or(1);
    println!("a class's list gone through as a whole: {:?}", per_class(whole));

    // One more version: somebody has another name.
    let before = people.version();
    let (renamed, mut next) = timed(|| people.clone());
    next.change(Timestamp::ZERO, [1; 32], [(id(1), Some(listed(1, "Maître", groups, each)))]);
    let (carried, same) = timed(|| views.iter().filter(|view| next.is_same_since(view, before)).count());
    println!(
        "a new version made in {renamed:?}; {same} of {} classes go on with their digest, {:?} each",
        views.len(),
        per_class(carried)
    );
    let (updated, told) = timed(|| {
        seen.iter().map(|(digest, view)| next.update(view, Some(before), *digest).people.len()).sum::<usize>()
    });
    println!("an update from the version before: {:?} each ({told} people in all)", per_class(updated));
}

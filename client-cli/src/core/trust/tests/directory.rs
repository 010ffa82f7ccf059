//! Lists of people that the log does not name, that leave somebody out, or that show somebody else's card.

use protocol::directory::{
    Card, DirectoryAnswer, DirectoryGroup, DirectoryGroups, DirectoryUpdate, Group, GroupPeople, Person, Visibility,
    class, commitment, digest,
};

use super::*;

const ME: MemberId = MemberId::from_bytes([1; 16]);
const SALT: [u8; 32] = [7; 32];

fn person(n: u8) -> Person {
    Person { member: MemberId::from_bytes([n; 16]), login: format!("N{n}").into(), name: format!("Name {n}").into() }
}

fn update(version: u64, people: &[u8]) -> DirectoryUpdate {
    let people: Vec<Person> = people.iter().map(|n| person(*n)).collect();
    let digest = digest(&people);
    let class = class(&Visibility::All, &Default::default());
    DirectoryUpdate { version, issued: NOW, class, base: None, people, removed: vec![], digest, salt: Some(SALT) }
}

fn leaf(update: &DirectoryUpdate) -> Leaf {
    Leaf::DirectoryPublish { version: update.version, hash: commitment(&SALT, update.version, update.digest) }
}

impl World {
    fn answer(&self, update: &DirectoryUpdate, card: u8) -> Vec<u8> {
        let card = Card { person: person(card), issued: NOW };
        let [update, card] = [signed::sign(update, &self.directory), signed::sign(&card, &self.directory)];
        DirectoryAnswer { update, card, groups: None }.to_bytes()
    }

    /// With the groups of somebody.
    fn answer_of(&self, update: &DirectoryUpdate, reader: u8) -> Vec<u8> {
        let group = DirectoryGroup { name: Group::parse("lyon").expect("a group"), people: GroupPeople::TooMany };
        let groups = DirectoryGroups { reader: person(reader).member, issued: NOW, groups: vec![group] };
        let answer = DirectoryAnswer::from_bytes(&self.answer(update, 1)).expect("an answer");
        DirectoryAnswer { groups: Some(signed::sign(&groups, &self.directory)), ..answer }.to_bytes()
    }

    fn take_list(&mut self, update: &DirectoryUpdate) -> Result<Taken, Disbelief> {
        let answer = self.answer(update, 1);
        self.trust.take_directory(ME, &answer)
    }

    /// With a policy of this visibility in force.
    fn ruled(visibility: &str) -> Self {
        let mut world = Self::new();
        let policy = Policy::of(&[(PolicyKey::DirectoryVisibility, visibility)]).expect("a rule");
        let document = PolicyDocument::new(1, NOW, Rules { policy, ..Rules::default() }, None);
        let bytes = signed::sign(&document, &world.directory);
        world.publish(&[Leaf::PolicyPublish { version: 1, hash: Hash32::sha256(&bytes) }]);
        world.trust.take_policy(&bytes).expect("named by the log");
        world
    }
}

#[test]
fn the_policy_comes_before_the_list_and_the_list_is_the_one_that_the_log_names() {
    let mut world = World::new();
    let (policy, policy_leaf) = world.policy(1, "all");
    let everybody = update(1, &[1, 2, 3]);
    let missing = world.publish(&[policy_leaf, leaf(&everybody)]).missing;
    assert_eq!(missing, [FetchWhat::Policy]);
    assert_eq!(world.take_list(&everybody).err(), Some(Disbelief::NotInLog), "no word yet on who may be left out");
    world.trust.take_policy(&policy).expect("named");
    assert_eq!(world.trust.missing_documents(), [FetchWhat::Directory { have: None }]);
    let other = update(1, &[1, 2]);
    assert_eq!(world.take_list(&other).err(), Some(Disbelief::NotInLog));
    let taken = world.take_list(&everybody).expect("named");
    assert_eq!(taken.list.expect("the first").applied.changed.len(), 3);
    let same = DirectoryUpdate { base: Some(1), people: vec![], ..everybody.clone() };
    assert!(world.take_list(&same).expect("named").list.is_none(), "nothing has changed");
    assert!(world.trust.missing_documents().is_empty());
    assert_eq!(world.trust.person_by_login("n2").map(|person| person.member), Some(person(2).member));

    let fewer = update(2, &[1, 3]);
    world.publish(&[leaf(&fewer)]);
    assert_eq!(world.take_list(&everybody).err(), Some(Disbelief::NotInLog), "an older one comes back");
    let change = DirectoryUpdate { base: Some(1), people: vec![], removed: vec![person(2).member], ..fewer };
    let taken = world.take_list(&change).expect("named");
    assert_eq!(taken.list.expect("changed").applied.gone, [person(2).member]);
    assert_eq!(world.trust.people().count(), 2);
}

#[test]
fn a_cut_is_taken_only_where_the_policy_cuts() {
    let cut = DirectoryUpdate { salt: None, ..update(1, &[1, 2]) };
    let everybody = update(1, &[1, 2, 3]);
    for (visibility, expected) in [("all", Some(Disbelief::NotInLog)), ("same-group", None), ("none", None)] {
        let mut world = World::ruled(visibility);
        world.publish(&[leaf(&everybody)]);
        assert_eq!(world.take_list(&cut).err(), expected, "{visibility}");
        let stale = DirectoryUpdate { version: 2, ..cut.clone() };
        assert_eq!(world.take_list(&stale).err(), Some(Disbelief::NotInLog));
    }
}

#[test]
fn a_card_is_of_the_one_who_shows_it_and_of_the_organization() {
    let mut world = World::ruled("all");
    let everybody = update(1, &[1, 2, 3]);
    world.publish(&[leaf(&everybody)]);
    let answer = world.answer(&everybody, 2);
    assert_eq!(world.trust.take_directory(ME, &answer).err(), Some(Disbelief::OtherCard));
    let taken = world.take_list(&everybody).expect("ours");
    assert_eq!(world.trust.read_card(ME, &taken.card), Ok(person(1)));
    assert_eq!(world.trust.read_card(person(2).member, &taken.card), Err(Disbelief::OtherCard));
    let forged = signed::sign(&Card { person: person(1), issued: NOW }, &SigningKey::from_bytes(&[9; 32]));
    assert!(matches!(world.trust.read_card(ME, &forged), Err(Disbelief::NotSigned(_))));
}

#[test]
fn a_fork_ends_new_lists() {
    let mut world = World::ruled("all");
    let everybody = update(1, &[1]);
    world.publish(&[leaf(&everybody)]);
    world.fork();
    assert_eq!(world.take_list(&everybody).err(), Some(Disbelief::Forked));
}

#[test]
fn groups_are_of_the_one_who_reads_them_and_of_the_organization() {
    let mut world = World::ruled("all");
    let everybody = update(1, &[1, 2, 3]);
    world.publish(&[leaf(&everybody)]);
    let of_another = world.answer_of(&everybody, 2);
    assert_eq!(world.trust.take_directory(ME, &of_another).err(), Some(Disbelief::OtherCard));
    let mut forged = DirectoryAnswer::from_bytes(&world.answer_of(&everybody, 1)).expect("an answer");
    if let Some(last) = forged.groups.as_mut().and_then(|bytes| bytes.last_mut()) {
        *last ^= 1;
    }
    assert!(matches!(world.trust.take_directory(ME, &forged.to_bytes()), Err(Disbelief::NotSigned(_))));
    let ours = world.answer_of(&everybody, 1);
    let taken = world.trust.take_directory(ME, &ours).expect("ours");
    assert_eq!(taken.groups.map(|groups| groups.len()), Some(1));
}

//! Whom a draft reaches, and what changes for them: counts alone, nobody by name but at the scope of a person.

use std::collections::BTreeMap;

use protocol::directory::Group;
use protocol::policy::{PolicyKey, Scope, Value};

use crate::domain::access::{Grant, PolicyRules, Reach};
use crate::domain::policy::{Layers, Settings, Weakened, is_inside, weakened};
use crate::service::{Outage, Published, ServiceError, Services};

/// Groups that a preview tells one by one.
const GROUPS_TOLD_MAX: usize = 50;

/// What changes for how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    pub key: PolicyKey,
    pub before: Value,
    pub after: Value,
    /// People who take part and have `before` now and `after` then.
    pub people: u64,
    /// Of them, by group, the largest first; whoever is in several counts in each.
    pub groups: Vec<(Group, u64)>,
}

/// What publishing a draft would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preview {
    /// People who take part.
    pub people: u64,
    /// Of them, those for whom anything changes.
    pub reached: u64,
    /// Those whom each layer of the draft is about.
    pub scopes: BTreeMap<Scope, u64>,
    /// By row, what most people have first.
    pub changes: Vec<Reached>,
    /// What lets somebody do more.
    pub weakened: Vec<Weakened>,
}

impl Services {
    /// What would change for the people within reach if `draft` took the place of the policy in force. Everybody is looked at, beside
    /// the threads that serve.
    pub async fn preview_policy(&self, grant: &Grant<PolicyRules>, draft: &Settings) -> Result<Preview, ServiceError> {
        let (published, reach) = (self.published(), grant.reach().clone());
        let draft = draft.clone().beside(&published.settings(), reach.groups());
        let looked = tokio::task::spawn_blocking(move || preview(&published, &draft, &reach)).await;
        // The server is ending.
        looked.map_err(|_| Outage::Database.into())
    }
}

/// A row with its value before and after.
type Change = (PolicyKey, String, String);

/// For how many, and of which groups.
struct Counted {
    before: Value,
    after: Value,
    people: u64,
    groups: BTreeMap<Group, u64>,
}

fn preview(published: &Published, draft: &Settings, reach: &Reach) -> Preview {
    let before = published.settings();
    let mut preview = Preview { weakened: weakened(&before, draft), ..Preview::default() };
    let layers = Layers::draw(draft, || [0; 32]);
    let mut counted: BTreeMap<Change, Counted> = BTreeMap::new();
    let changed: Vec<PolicyKey> = PolicyKey::ALL.iter().copied().filter(|key| differs(&before, draft, *key)).collect();
    // Whoever sees some groups hears of no other.
    let is_told = |group: &&Group| reach.groups().is_none_or(|own| own.contains(*group));
    for listed in published.people.iter().filter(|listed| reach.holds(listed.groups())) {
        preview.people += 1;
        let (member, groups) = (listed.person.member, listed.groups());
        for scope in layers.scopes_of(member, groups).filter(|scope| is_inside(scope, reach.groups())) {
            *preview.scopes.entry(scope.clone()).or_default() += 1;
        }
        let (now, then) = match changed.is_empty() {
            true => continue,
            false => (published.policy_of(member, groups), layers.in_force(&draft.organization, member, groups)),
        };
        let mut is_reached = false;
        for key in changed.iter().copied().filter(|key| now.at(*key) != then.at(*key)) {
            is_reached = true;
            let entry = counted.entry((key, now.value(key), then.value(key))).or_insert_with(|| Counted {
                before: now.at(key).clone(),
                after: then.at(key).clone(),
                people: 0,
                groups: BTreeMap::new(),
            });
            entry.people += 1;
            for group in groups.iter().filter(is_told) {
                *entry.groups.entry(group.clone()).or_default() += 1;
            }
        }
        preview.reached += u64::from(is_reached);
    }
    preview.changes = counted.into_iter().map(reached).collect();
    preview.changes.sort_by(|a, b| a.key.cmp(&b.key).then_with(|| b.people.cmp(&a.people)));
    preview
}

fn reached(((key, ..), counted): (Change, Counted)) -> Reached {
    let mut groups: Vec<(Group, u64)> = counted.groups.into_iter().collect();
    groups.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    groups.truncate(GROUPS_TOLD_MAX);
    Reached { key, before: counted.before, after: counted.after, people: counted.people, groups }
}

/// Whether anything about a row is set otherwise, anywhere.
fn differs(before: &Settings, draft: &Settings, key: PolicyKey) -> bool {
    type Set<'s> = Vec<(Option<&'s Scope>, &'s Value, bool)>;
    let all = |settings| -> Set<'_> {
        let settings: &Settings = settings;
        let set = settings.set_for(key);
        set.filter_map(|(scope, rules)| Some((scope, rules.policy.own(key)?, rules.locked.contains(&key)))).collect()
    };
    all(before) != all(draft)
}

//! Who is in which group, directly or through other groups. Pure; groups may contain each other in circles, and none of that
//! makes it slow, wrong or endless.

use std::collections::BTreeSet;

/// Which groups list which, by number.
#[derive(Debug, Clone, Default)]
pub struct Nesting {
    /// For each group, those that list it as a member.
    above: Vec<Vec<usize>>,
}

impl Nesting {
    /// Groups 0 to `groups`, none in another.
    pub fn new(groups: usize) -> Self {
        Self { above: vec![Vec::new(); groups] }
    }

    /// Group `outer` lists group `inner`. Numbers that no group has are ignored.
    pub fn put(&mut self, inner: usize, outer: usize) {
        if outer < self.above.len()
            && let Some(above) = self.above.get_mut(inner)
        {
            above.push(outer);
        }
    }

    /// Whether this group is in no other one.
    pub fn is_outermost(&self, group: usize) -> bool {
        self.above.get(group).is_none_or(Vec::is_empty)
    }

    /// `direct` and all groups that they are in.
    pub fn closure(&self, direct: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut open: Vec<usize> = direct.into_iter().filter(|group| *group < self.above.len()).collect();
        while let Some(group) = open.pop() {
            if found.insert(group) {
                let above = self.above.get(group).map(Vec::as_slice).unwrap_or_default();
                open.extend(above.iter().filter(|outer| !found.contains(*outer)));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GROUPS: usize = 12;

    #[test]
    fn four_deep_with_a_circle() {
        let mut nesting = Nesting::new(6);
        for (inner, outer) in [(0, 1), (1, 2), (2, 3), (3, 1), (3, 3)] {
            nesting.put(inner, outer);
        }
        assert_eq!(nesting.closure([0]), BTreeSet::from([0, 1, 2, 3]));
        assert_eq!(nesting.closure([3]), BTreeSet::from([1, 2, 3]));
        assert_eq!(nesting.closure([4, 99]), BTreeSet::from([4]));
        assert!(nesting.closure([]).is_empty());
    }

    #[test]
    fn a_chain_of_thousands_is_walked_without_a_deep_stack() {
        let mut nesting = Nesting::new(20_000);
        (1..20_000).for_each(|group| nesting.put(group - 1, group));
        assert_eq!(nesting.closure([0]).len(), 20_000);
    }

    proptest! {
        /// The same as stepping outward until nothing is added, for any shape, circles included.
        #[test]
        fn it_is_the_smallest_set_that_is_closed(
            edges in prop::collection::vec((0..GROUPS, 0..GROUPS), 0..40),
            direct in prop::collection::btree_set(0..GROUPS, 0..4),
        ) {
            let mut nesting = Nesting::new(GROUPS);
            edges.iter().for_each(|(inner, outer)| nesting.put(*inner, *outer));
            let mut expected = direct.clone();
            for _ in 0..GROUPS {
                let step: Vec<usize> =
                    edges.iter().filter(|(inner, _)| expected.contains(inner)).map(|(_, outer)| *outer).collect();
                expected.extend(step);
            }
            prop_assert_eq!(nesting.closure(direct), expected);
        }
    }
}

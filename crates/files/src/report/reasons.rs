//! How often each reason occurs.

use std::collections::BTreeMap;

/// Maximum number of different reasons that are kept.
const MAX_REASONS: usize = 200;

/// Reasons, and how often each occurs.
#[derive(Default)]
pub struct Reasons {
    counts: BTreeMap<String, u64>,
    /// Occurrences of reasons beyond the maximum.
    others: u64,
}

impl Reasons {
    pub fn add(&mut self, reason: &str) {
        if let Some(count) = self.counts.get_mut(reason) {
            *count += 1;
        } else if self.counts.len() < MAX_REASONS {
            self.counts.insert(reason.to_owned(), 1);
        } else {
            self.others += 1;
        }
    }

    /// The reasons, the most frequent first.
    pub fn by_count(&self) -> Vec<(u64, &str)> {
        let mut reasons: Vec<_> = self.counts.iter().map(|(reason, count)| (*count, reason.as_str())).collect();
        reasons.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        reasons.extend((self.others > 0).then_some((self.others, "other reasons")));
        reasons
    }

    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_counted_and_the_most_frequent_comes_first() {
        let mut reasons = Reasons::default();
        for reason in ["b", "a", "b"] {
            reasons.add(reason);
        }
        assert_eq!(reasons.by_count(), [(2, "b"), (1, "a")]);
        for number in 0..MAX_REASONS {
            reasons.add(&number.to_string());
        }
        assert_eq!(reasons.by_count().last(), Some(&(2, "other reasons")));
    }
}

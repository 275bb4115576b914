//! A fair queue: items wait in nested flows, and at each level the flows are served round robin, one item of each.
//!
//! The flow of an item is a path of keys, such as its network, the smaller network within that, and the address. A long flow
//! delays its own items, not those of its neighbors, and it gives way when there is no room. Many small flows within a large
//! one do not count as many requesters.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

/// A queue of items. Each of its flows is a fair queue too.
pub struct FairQueue<K, T> {
    /// The number of items in this queue and in its flows.
    len: usize,
    /// The items whose path ends here, oldest first.
    items: VecDeque<T>,
    /// The flows of the next level. None of them is empty.
    flows: HashMap<K, Self>,
    /// The keys of `flows`, each once, in the order in which they are served next.
    round: VecDeque<K>,
}

impl<K, T> Default for FairQueue<K, T> {
    fn default() -> Self {
        Self { len: 0, items: VecDeque::new(), flows: HashMap::new(), round: VecDeque::new() }
    }
}

impl<K: Copy + Eq + Hash, T> FairQueue<K, T> {
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds an item at the end of the flow of its path.
    pub fn push(&mut self, path: &[K], item: T) {
        self.len += 1;
        let Some((key, rest)) = path.split_first() else {
            self.items.push_back(item);
            return;
        };
        let flow = self.flows.entry(*key).or_insert_with(|| {
            self.round.push_back(*key);
            Self::default()
        });
        flow.push(rest, item);
    }

    /// Removes the oldest item of the flow that is next at each level; that flow then goes to the end.
    pub fn pop(&mut self) -> Option<T> {
        let item = match self.items.pop_front() {
            Some(item) => item,
            None => {
                let key = self.round.pop_front()?;
                let flow = self.flows.get_mut(&key)?;
                let item = flow.pop()?;
                if flow.len == 0 {
                    self.flows.remove(&key);
                } else {
                    self.round.push_back(key);
                }
                item
            }
        };
        self.len -= 1;
        Some(item)
    }

    /// Makes room for a new item: removes the newest item of the longest flow, at the first level where that flow is longer
    /// than the flow of the new item would be with it. `None` if there is no such level.
    pub fn displace_for(&mut self, path: &[K]) -> Option<T> {
        let (key, rest) = path.split_first()?;
        let with_new_item = self.flows.get(key).map_or(0, Self::len) + 1;
        let longest = self.flows.values().map(Self::len).max()?;
        if longest > with_new_item {
            return self.pop_newest_of_longest();
        }
        // On the last level nothing gives way to a new item of the same path.
        let item = self.flows.get_mut(key)?.displace_for(rest)?;
        self.len -= 1;
        Some(item)
    }

    fn pop_newest_of_longest(&mut self) -> Option<T> {
        let item = match self.items.pop_back() {
            Some(item) => item,
            None => {
                let (key, flow) = self.flows.iter_mut().max_by_key(|(_, flow)| flow.len)?;
                let (key, item) = (*key, flow.pop_newest_of_longest()?);
                if flow.len == 0 {
                    self.flows.remove(&key);
                    self.round.retain(|other| *other != key);
                }
                item
            }
        };
        self.len -= 1;
        Some(item)
    }

    /// Removes all items that are not `wanted`.
    pub fn retain(&mut self, wanted: impl Fn(&T) -> bool + Copy) {
        self.items.retain(wanted);
        for flow in self.flows.values_mut() {
            flow.retain(wanted);
        }
        self.flows.retain(|_, flow| flow.len > 0);
        self.round.retain(|key| self.flows.contains_key(key));
        self.len = self.items.len() + self.flows.values().map(Self::len).sum::<usize>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Queue = FairQueue<char, &'static str>;

    fn queue(items: &[&'static str]) -> Queue {
        let mut queue = Queue::default();
        for item in items {
            queue.push(&path(item), item);
        }
        queue
    }

    /// The first two letters of an item.
    fn path(item: &str) -> Vec<char> {
        item.chars().take(2).collect()
    }

    fn served(mut queue: Queue) -> Vec<&'static str> {
        let served = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!((queue.len(), queue.flows.len(), queue.round.len()), (0, 0, 0));
        served
    }

    #[test]
    fn flows_are_served_round_robin_at_each_level() {
        let queue = queue(&["aa1", "aa2", "ab1", "ac1", "ba1", "ba2"]);
        assert_eq!(queue.len(), 6);
        assert_eq!(served(queue), ["aa1", "ba1", "ab1", "ba2", "ac1", "aa2"]);
    }

    #[test]
    fn a_flow_of_many_small_flows_gives_way_to_another() {
        let mut queue = queue(&["aa1", "ab1", "ac1"]);
        let displaced = queue.displace_for(&path("ba1")).unwrap();
        assert!(displaced.starts_with('a'));
        queue.push(&path("ba1"), "ba1");
        assert_eq!(queue.len(), 3);
        assert_eq!(queue.displace_for(&path("bb1")), None, "b would hold as many as a");
        let served = served(queue);
        assert_eq!(served[1], "ba1");
        assert!(!served.contains(&displaced));
    }

    #[test]
    fn within_a_flow_the_longest_gives_way_and_its_newest_first() {
        let mut queue = queue(&["aa1", "aa2", "aa3"]);
        assert_eq!(queue.displace_for(&path("aa4")), None, "an item does not give way to one of the same path");
        assert_eq!(queue.displace_for(&path("ab1")), Some("aa3"));
        queue.push(&path("ab1"), "ab1");
        assert_eq!(queue.displace_for(&path("ac1")), Some("aa2"));
        queue.push(&path("ac1"), "ac1");
        assert_eq!(queue.displace_for(&path("ad1")), None, "none would be longer than the new item's");
        assert_eq!(served(queue), ["aa1", "ab1", "ac1"]);
    }

    #[test]
    fn removed_items_leave_no_flow_behind() {
        let mut queue = queue(&["aa1", "ab1", "ab2", "ba1"]);
        queue.retain(|item| item.ends_with('2'));
        assert_eq!((queue.len(), queue.flows.len()), (1, 1));
        queue.push(&path("ba2"), "ba2");
        assert_eq!(served(queue), ["ab2", "ba2"]);
    }
}

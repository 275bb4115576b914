//! A fair queue: items wait in nested lanes, and at each level the lanes are served in turn.
//!
//! Each item has a path of keys, such as its network, the smaller network within that, and the address. A long lane delays its
//! own items, not those of its neighbors, and it gives way when there is no room: many small lanes within a large one do not
//! count as many requesters.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

/// A lane, and so a whole queue: items, or lanes of the next level.
pub struct Lane<K, T> {
    /// The number of items in this lane and in the lanes below.
    len: usize,
    /// The items whose path ends here, oldest first.
    items: VecDeque<T>,
    /// No lane in here is empty.
    lanes: HashMap<K, Self>,
    /// The keys of `lanes`, each once, in the order in which they are served.
    turns: VecDeque<K>,
}

impl<K, T> Default for Lane<K, T> {
    fn default() -> Self {
        Self { len: 0, items: VecDeque::new(), lanes: HashMap::new(), turns: VecDeque::new() }
    }
}

impl<K: Copy + Eq + Hash, T> Lane<K, T> {
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds an item at the end of the lane of its path.
    pub fn push(&mut self, path: &[K], item: T) {
        self.len += 1;
        let Some((key, rest)) = path.split_first() else {
            self.items.push_back(item);
            return;
        };
        let lane = self.lanes.entry(*key).or_insert_with(|| {
            self.turns.push_back(*key);
            Self::default()
        });
        lane.push(rest, item);
    }

    /// Removes the oldest item of the lane whose turn it is at each level; that lane then goes to the end.
    pub fn pop(&mut self) -> Option<T> {
        let item = match self.items.pop_front() {
            Some(item) => item,
            None => {
                let key = self.turns.pop_front()?;
                let lane = self.lanes.get_mut(&key)?;
                let item = lane.pop()?;
                if lane.len == 0 {
                    self.lanes.remove(&key);
                } else {
                    self.turns.push_back(key);
                }
                item
            }
        };
        self.len -= 1;
        Some(item)
    }

    /// Makes room for a new item: removes the newest item of the longest lane, at the first level where that lane is longer
    /// than the new item's lane would be with it. `None` if there is none.
    pub fn displace_for(&mut self, path: &[K]) -> Option<T> {
        let (key, rest) = path.split_first()?;
        let with_new_item = self.lanes.get(key).map_or(0, Self::len) + 1;
        let longest = self.lanes.values().map(Self::len).max()?;
        if longest > with_new_item {
            return self.pop_newest_of_longest();
        }
        // On the last level nothing gives way to a new item of the same path.
        let item = self.lanes.get_mut(key)?.displace_for(rest)?;
        self.len -= 1;
        Some(item)
    }

    fn pop_newest_of_longest(&mut self) -> Option<T> {
        let item = match self.items.pop_back() {
            Some(item) => item,
            None => {
                let (key, lane) = self.lanes.iter_mut().max_by_key(|(_, lane)| lane.len)?;
                let (key, item) = (*key, lane.pop_newest_of_longest()?);
                if lane.len == 0 {
                    self.lanes.remove(&key);
                    self.turns.retain(|turn| *turn != key);
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
        for lane in self.lanes.values_mut() {
            lane.retain(wanted);
        }
        self.lanes.retain(|_, lane| lane.len > 0);
        self.turns.retain(|key| self.lanes.contains_key(key));
        self.len = self.items.len() + self.lanes.values().map(Self::len).sum::<usize>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Queue = Lane<char, &'static str>;

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
        assert_eq!((queue.len(), queue.lanes.len(), queue.turns.len()), (0, 0, 0));
        served
    }

    #[test]
    fn lanes_are_served_in_turn_at_each_level() {
        let queue = queue(&["aa1", "aa2", "ab1", "ac1", "ba1", "ba2"]);
        assert_eq!(queue.len(), 6);
        assert_eq!(served(queue), ["aa1", "ba1", "ab1", "ba2", "ac1", "aa2"]);
    }

    #[test]
    fn a_lane_of_many_small_lanes_gives_way_to_another() {
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
    fn within_a_lane_the_longest_gives_way_and_its_newest_first() {
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
    fn removed_items_leave_no_lane_behind() {
        let mut queue = queue(&["aa1", "ab1", "ab2", "ba1"]);
        queue.retain(|item| item.ends_with('2'));
        assert_eq!((queue.len(), queue.lanes.len()), (1, 1));
        queue.push(&path("ba2"), "ba2");
        assert_eq!(served(queue), ["ab2", "ba2"]);
    }
}

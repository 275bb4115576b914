//! The threads that hash passwords, and the bounded queue in front of them.

use super::{
    fair_queue::FairQueue,
    requester::{FlowKey, Requester},
};
use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// How busy the threads are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HasherLoad {
    /// Passwords in the queue, without those being hashed.
    pub waiting: usize,
    /// Passwords being hashed.
    pub running: usize,
    /// Requests refused since the start because the queue was too long.
    pub refused: u64,
}

/// The queue is longer than `max_wait` allows (or, rarely, the hash failed and can be tried again).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are waiting to be hashed; try again in {} s", retry_after.as_secs())]
pub struct QueueFull {
    /// When the current queue will be empty; at least 1 s.
    pub retry_after: Duration,
}

impl QueueFull {
    pub(super) fn after(wait: Duration) -> Self {
        Self { retry_after: wait.max(Duration::from_secs(1)) }
    }
}

/// Owns the threads, which end when it is dropped.
pub(super) struct Pool {
    shared: Arc<Shared>,
}

impl Pool {
    /// Starts the threads. `first_estimate` is what a hash is expected to take until some have been measured.
    pub(super) fn start(threads: usize, max_wait: Duration, first_estimate: Duration) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            threads: u32::try_from(threads).unwrap_or(u32::MAX).max(1),
            max_wait,
            queue: Mutex::new(Queue { time_per_hash: first_estimate, ..Queue::default() }),
            work_available: Condvar::new(),
        });
        // Created before the threads, so that the ones already running end if a later one cannot start.
        let pool = Self { shared };
        for n in 0..pool.shared.threads {
            let shared = Arc::clone(&pool.shared);
            thread::Builder::new().name(format!("password-{n}")).spawn(move || shared.run_tasks())?;
        }
        Ok(pool)
    }

    /// Queues `work`. The receiver gets its result, or [`QueueFull`] if it has to give way to others.
    pub(super) fn submit<T: Send + 'static>(
        &self,
        requester: Requester,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, QueueFull>>, QueueFull> {
        let (reply, result) = oneshot::channel();
        self.shared.enqueue(&requester.flow(), Box::new(PendingTask { work, reply }))?;
        Ok(result)
    }

    /// Records that a requester waited too long and has dropped their receiver.
    pub(super) fn give_up(&self) -> QueueFull {
        let mut queue = self.shared.lock();
        queue.drop_abandoned();
        queue.refused += 1;
        QueueFull::after(self.shared.expected_wait(&queue))
    }

    pub(super) fn load(&self) -> HasherLoad {
        let queue = self.shared.lock();
        HasherLoad { waiting: queue.tasks.len(), running: queue.running, refused: queue.refused }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.work_available.notify_all();
    }
}

struct Shared {
    threads: u32,
    max_wait: Duration,
    queue: Mutex<Queue>,
    work_available: Condvar,
}

/// The tasks that wait, and what is known about their progress.
#[derive(Default)]
struct Queue {
    tasks: FairQueue<FlowKey, Box<dyn Task>>,
    /// Tasks that a thread has taken out and not finished.
    running: usize,
    /// Tasks that were refused.
    refused: u64,
    /// Moving average of the time that a hash takes.
    time_per_hash: Duration,
    closing: bool,
}

impl Queue {
    fn drop_abandoned(&mut self) {
        self.tasks.retain(|task| !task.is_abandoned());
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing panics while holding the lock; if it did, the queue would still be consistent.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a task into its flow. When the queue is full, abandoned tasks are removed, then a task of a longer flow: of unknown
    /// requesters for a known one or the other way round, then of the largest network for a smaller one, and so on down to the
    /// address. Requesters with many tasks wait behind their own tasks and cannot shut out those with few.
    fn enqueue(&self, flow: &[FlowKey], task: Box<dyn Task>) -> Result<(), QueueFull> {
        let mut queue = self.lock();
        if self.is_full(&queue) {
            queue.drop_abandoned();
        }
        let mut displaced = None;
        if self.is_full(&queue) {
            let full = QueueFull::after(self.expected_wait(&queue));
            // One of the two is refused: the new task, or the one that makes room for it.
            queue.refused += 1;
            let displaced_task = queue.tasks.displace_for(flow).ok_or(full)?;
            displaced = Some((displaced_task, full));
        }
        queue.tasks.push(flow, task);
        drop(queue);
        self.work_available.notify_one();
        if let Some((task, full)) = displaced {
            task.refuse(full);
        }
        Ok(())
    }

    fn is_full(&self, queue: &Queue) -> bool {
        self.expected_wait(queue) > self.max_wait
    }

    /// The time until the current queue is empty.
    fn expected_wait(&self, queue: &Queue) -> Duration {
        queue.time_per_hash.saturating_mul(u32::try_from(queue.tasks.len()).unwrap_or(u32::MAX)) / self.threads
    }

    /// The loop of one thread.
    fn run_tasks(&self) {
        while let Some(task) = self.next() {
            let started = Instant::now();
            if catch_unwind(AssertUnwindSafe(|| task.run())).is_err() {
                tracing::error!("hashing a password panicked");
            }
            let took = started.elapsed();
            let mut queue = self.lock();
            queue.running -= 1;
            queue.time_per_hash = (queue.time_per_hash.saturating_mul(7).saturating_add(took)) / 8;
        }
    }

    /// The next task whose requester still waits, once there is one; `None` when the pool closes.
    fn next(&self) -> Option<Box<dyn Task>> {
        let mut queue = self.lock();
        loop {
            if queue.closing {
                return None;
            }
            while let Some(task) = queue.tasks.pop() {
                if !task.is_abandoned() {
                    queue.running += 1;
                    return Some(task);
                }
            }
            queue = self.work_available.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Something to compute for a requester who may have disconnected in the meantime.
trait Task: Send {
    fn is_abandoned(&self) -> bool;
    fn run(self: Box<Self>);
    fn refuse(self: Box<Self>, full: QueueFull);
}

/// A task, and the channel on which its requester waits.
struct PendingTask<T, F> {
    work: F,
    reply: oneshot::Sender<Result<T, QueueFull>>,
}

impl<T: Send, F: FnOnce() -> T + Send> Task for PendingTask<T, F> {
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(self: Box<Self>) {
        // The requester may have disconnected while it was computed.
        let _ = self.reply.send(Ok((self.work)()));
    }

    fn refuse(self: Box<Self>, full: QueueFull) {
        let _ = self.reply.send(Err(full));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const HASH: Duration = Duration::from_millis(1);

    fn pool(max_wait: Duration) -> Pool {
        Pool::start(1, max_wait, HASH).unwrap()
    }

    fn unknown(address: &str) -> Requester {
        Requester::unknown(address.parse().ok())
    }

    fn known(address: &str) -> Requester {
        Requester::known(address.parse().ok())
    }

    /// Keeps the only thread at work until the sender is dropped; returns once it has begun.
    fn occupy(pool: &Pool) -> mpsc::Sender<()> {
        let (begun, has_begun) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        keep(pool.submit(Requester::SERVICE, move || {
            begun.send(()).unwrap();
            let _ = released.recv();
        }));
        has_begun.recv().unwrap();
        release
    }

    /// A dropped receiver marks its task as abandoned, so the tests keep theirs.
    fn keep<T>(kept: T) {
        std::mem::forget(kept);
    }

    #[test]
    fn addresses_are_served_in_turn() {
        let pool = pool(Duration::from_mins(1));
        let release = occupy(&pool);
        let (served, order) = mpsc::channel();
        for (name, from) in [
            ("a1", "192.0.2.1"),
            ("a2", "192.0.2.1"),
            ("a3", "::ffff:192.0.2.1"),
            ("b1", "2001:db8::1"),
            ("b2", "2001:db8::ffff:2"),
            ("c1", "2001:db8:0:1::1"),
        ] {
            let served = served.clone();
            keep(pool.submit(unknown(from), move || served.send(name)));
        }
        drop(served);
        assert_eq!(pool.load().waiting, 6);
        drop(release);
        // The two IPv6 networks are of one /48.
        assert_eq!(order.iter().collect::<Vec<_>>(), ["a1", "b1", "a2", "c1", "a3", "b2"]);
        assert_eq!(pool.load().waiting, 0);
    }

    #[test]
    fn a_requester_who_would_wait_too_long_is_refused_at_once() {
        // Two may wait: a third would expect twice what one hash takes, and the limit is once.
        let pool = pool(HASH);
        let release = occupy(&pool);
        let first = pool.submit(unknown("192.0.2.1"), || ()).unwrap();
        let second = pool.submit(unknown("192.0.2.2"), || ()).unwrap();
        let full = pool.submit(unknown("192.0.2.3"), || ()).unwrap_err();
        assert_eq!(full.retry_after, Duration::from_secs(1));
        assert_eq!(pool.load().waiting, 2);
        drop(release);
        first.blocking_recv().unwrap().unwrap();
        second.blocking_recv().unwrap().unwrap();
    }

    #[test]
    fn a_flood_from_one_address_gives_way_to_another() {
        let pool = pool(HASH);
        let release = occupy(&pool);
        let flooder = unknown("192.0.2.1");
        let older = pool.submit(flooder, || ()).unwrap();
        let newer = pool.submit(flooder, || ()).unwrap();
        assert!(pool.submit(flooder, || ()).is_err(), "its own flow is full");
        let other = pool.submit(unknown("192.0.2.2"), || ()).unwrap();
        assert!(newer.blocking_recv().unwrap().is_err(), "the flooder's newest was displaced");
        assert!(pool.submit(unknown("192.0.2.3"), || ()).is_err(), "flows of one are not displaced");
        drop(release);
        assert!(older.blocking_recv().unwrap().is_ok());
        assert!(other.blocking_recv().unwrap().is_ok());
    }

    #[test]
    fn a_flood_from_many_networks_of_one_customer_gives_way_to_another() {
        for (flood, other) in [
            (["2001:db8:1:100::1", "2001:db8:1:101::1", "2001:db8:1:102::1"], "2001:db8:2::1"),
            (["2001:db8:1:100::1", "2001:db8:1:200::1", "2001:db8:1:300::1"], "192.0.2.1"),
            (["2001:db8:1:100::1", "2001:db8:1:101::1", "2001:db8:1:102::1"], "2001:db8:1:200::1"),
            (["192.0.2.1", "192.0.2.2", "192.0.2.3"], "198.51.100.1"),
        ] {
            // Three may wait: a fourth would expect three times what one hash takes, and the limit is twice.
            let pool = pool(HASH * 2);
            let release = occupy(&pool);
            let waiting = flood.map(|from| pool.submit(unknown(from), || "flood").unwrap());
            let other = pool.submit(unknown(other), || "other").unwrap();
            drop(release);
            assert_eq!(other.blocking_recv().unwrap(), Ok("other"));
            let refused = waiting.into_iter().filter_map(|result| result.blocking_recv().unwrap().err());
            assert_eq!(refused.count(), 1);
        }
    }

    #[test]
    fn unknown_requesters_give_way_to_known_ones_however_many_networks_they_come_from() {
        let pool = pool(HASH * 3);
        let release = occupy(&pool);
        let (served, order) = mpsc::channel();
        for n in 1..=4 {
            let served = served.clone();
            keep(pool.submit(unknown(&format!("2001:db8:{n}::1")), move || served.send("unknown")));
        }
        assert!(pool.submit(unknown("192.0.2.1"), || ()).is_err(), "unknown requesters are alike");
        for _ in 0..2 {
            let served = served.clone();
            keep(pool.submit(known("192.0.2.1"), move || served.send("known")));
        }
        assert!(pool.submit(known("192.0.2.1"), || ()).is_err(), "half of the places are for unknown requesters");
        drop((served, release));
        assert_eq!(order.iter().collect::<Vec<_>>(), ["unknown", "known", "unknown", "known"]);
    }

    #[test]
    fn an_abandoned_task_is_neither_computed_nor_counted() {
        let pool = pool(HASH);
        let release = occupy(&pool);
        let (computed, was_computed) = mpsc::channel();
        for _ in 0..2 {
            let computed = computed.clone();
            drop(pool.submit(unknown("192.0.2.1"), move || computed.send("abandoned")));
        }
        let late = computed.clone();
        let present = pool.submit(unknown("192.0.2.2"), move || computed.send("present")).unwrap();
        assert_eq!(pool.load().waiting, 1, "the abandoned ones made room");
        drop(pool.submit(unknown("192.0.2.2"), move || late.send("abandoned while there was room")));
        drop(release);
        present.blocking_recv().unwrap().unwrap().unwrap();
        assert_eq!(was_computed.iter().collect::<Vec<_>>(), ["present"]);
    }

    #[test]
    fn the_threads_end_with_the_pool() {
        let pool = Pool::start(2, Duration::from_mins(1), HASH).unwrap();
        let (alive, ended) = mpsc::channel::<()>();
        let shared = Arc::downgrade(&pool.shared);
        keep(pool.submit(Requester::SERVICE, move || drop(alive)));
        assert!(ended.recv().is_err());
        drop(pool);
        while shared.strong_count() > 0 {
            thread::yield_now();
        }
    }
}

//! Random walks: several users act in turn. After each step every caller sees the current state, and everything else is
//! refused.

use crate::{
    facts::{Facts, Identity},
    fixture::{Caller, Fixture, field_value},
    offered::{Shown, assert_accepted_or_invalid, assert_shows_new_state, check, shown},
    policy_table::Outcome,
    refused::{assert_refused, offered, targets},
};
use futures_util::future::join_all;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use std::collections::BTreeSet;
use tokio::{runtime::Handle, task::block_in_place};
use usher_crawler::{Property, Template, crawl, fillings};

/// How many walks, each of up to so many steps.
const WALKS: u32 = 16;
const STEPS: usize = 10;
/// How many operations that are not linked are tried after each step.
const PROBES: usize = 12;

/// Numbers that choose: who acts, what they do, and what they do it with.
#[derive(Debug, Clone)]
struct Step {
    who: u8,
    what: u8,
    how: u8,
    probes: Vec<(u8, u8, u8)>,
}

fn step() -> impl Strategy<Value = Step> {
    let probe = (any::<u8>(), any::<u8>(), any::<u8>());
    (any::<u8>(), any::<u8>(), any::<u8>(), vec(probe, PROBES)).prop_map(|(who, what, how, probes)| Step {
        who,
        what,
        how,
        probes,
    })
}

/// One of them, whatever the number.
fn pick<T>(items: &[T], number: u8) -> Option<&T> {
    (!items.is_empty()).then(|| &items[usize::from(number) % items.len()])
}

struct Walk<'a> {
    fixture: &'a Fixture,
    callers: Vec<Caller>,
    /// The steps so far.
    history: Vec<String>,
    acted: usize,
    probed: usize,
}

impl Walk<'_> {
    async fn take(&mut self, steps: &[Step]) {
        self.fixture.state.restore().await;
        self.callers.clone_from(&self.fixture.callers);
        for (nth, step) in steps.iter().enumerate() {
            if step.what.is_multiple_of(5) {
                self.sign_in(step.who).await;
            } else {
                self.act(nth, step).await;
            }
            let before = self.fixture.state.dump().await;
            let facts = self.fixture.facts_of(&before);
            let offered = self.look(&facts).await;
            let mut refused = Vec::new();
            for probe in &step.probes {
                refused.extend(self.probe(*probe, &facts, &offered).await);
            }
            assert_eq!(self.fixture.state.dump().await, before, "one of these has changed something: {refused:?}");
            self.probed += refused.len();
        }
    }

    /// A caller signs in, perhaps again, because an ended session stays ended.
    async fn sign_in(&mut self, who: u8) {
        let facts = self.fixture.facts().await;
        let who = usize::from(who) % self.callers.len();
        let Some(name) = self.callers[who].user.as_ref().and_then(|id| facts.user(id)) else { return };
        self.history.push(format!("{} signs in", self.callers[who].name));
        let nobody = &self.fixture.callers[0].agent;
        let root = nobody.get(usher_crawler::ENTRY).await.resource().unwrap();
        let form = root.templates().into_iter().find(|template| template.key == "token").unwrap();
        let known = |property: &Property| match property.name.as_str() {
            "username" => name["username"].as_str().unwrap().to_owned(),
            _ => field_value(&form.key, property),
        };
        let answer = nobody.submit(&form, &fillings(&form, known)[0]).await;
        if name["status"] == "active" {
            assert_eq!(answer.status, 200, "{name} signs in: {}", answer.json);
            self.callers[who].sign_in(answer.json["access_token"].as_str().unwrap());
        } else {
            assert_eq!((answer.status, &answer.json["error"]), (400, &"invalid_grant".into()), "{name} signs in");
        }
        self.acted += 1;
    }

    /// A caller submits one of the forms in the representations they receive.
    async fn act(&mut self, nth: usize, step: &Step) {
        let facts = self.fixture.facts().await;
        let caller = &self.callers[usize::from(step.who) % self.callers.len()];
        let forms: Vec<Template> = shown(&crawl(&caller.agent).await)
            .iter()
            .flat_map(|shown| shown.representation.templates())
            // Signing in is a step of its own.
            .filter(|template| !matches!(template.key.as_str(), "default" | "token"))
            .collect();
        let Some(form) = pick(&forms, step.what) else { return };
        // Values that are new on this walk, and that leave the password known.
        let known = |property: &Property| match (property.name.as_str(), property.kind.as_str()) {
            ("username", _) => format!("newcomer{nth}"),
            ("name", _) => format!("new-one-{nth}"),
            (_, "email") => format!("newcomer{nth}@example.com"),
            ("new_password", _) => {
                field_value(&form.key, &Property { name: "current_password".to_owned(), ..property.clone() })
            }
            _ => field_value(&form.key, property),
        };
        let ways = fillings(form, known);
        let filling = pick(&ways, step.how).unwrap();
        let story = format!("{}: {} {} with {filling:?}", caller.name, form.method, form.target);
        self.history.push(story.clone());
        let answer = caller.agent.submit(form, filling).await;
        assert_accepted_or_invalid(&story, &answer, form);
        assert_shows_new_state(self.fixture, caller, &caller.identity(&facts), &answer, &story).await;
        self.acted += 1;
    }

    /// Every caller follows every link; returns the operations that are linked for each.
    async fn look(&self, facts: &Facts) -> Vec<BTreeSet<(String, String)>> {
        let mut offers = Vec::new();
        let crawled = join_all(self.callers.iter().map(|caller| crawl(&caller.agent))).await;
        for (caller, visits) in self.callers.iter().zip(crawled) {
            let identity = caller.identity(facts);
            for visit in &visits {
                let reached = visit.answer.succeeded();
                assert_eq!(
                    reached,
                    identity != Identity::InvalidToken,
                    "{}: {} ({})",
                    caller.name,
                    visit.href,
                    visit.from
                );
            }
            for Shown { place, representation, within } in shown(&visits) {
                let place = format!("{place}, for {}", caller.name);
                check(self.fixture, facts, &identity, &Shown { place, representation, within });
            }
            offers.push(offered(&visits));
        }
        offers
    }

    /// A caller tries an operation that is not linked for them. Returns what was refused.
    async fn probe(
        &self,
        (who, what, whom): (u8, u8, u8),
        facts: &Facts,
        offered: &[BTreeSet<(String, String)>],
    ) -> Option<String> {
        let who = usize::from(who) % self.callers.len();
        let caller = &self.callers[who];
        let identity = caller.identity(facts);
        let lines: Vec<_> = self.fixture.policy_table.operations().collect();
        let line = pick(&lines, what).unwrap();
        let operation = &self.fixture.document.operations[&line.name];
        let targets = targets(&operation.path, facts);
        let parameters = pick(&targets, whom).unwrap();
        let expected = facts.outcome(line, &identity, parameters);
        if expected == Outcome::Ok {
            return None;
        }
        let href = operation.href(parameters);
        let story = format!("{}: {} {href}", caller.name, operation.method);
        assert!(!offered[who].contains(&(operation.method.clone(), href.clone())), "{story} is offered");
        let answer = caller.agent.send(&operation.method, &href, operation.body(&[])).await;
        assert_refused(&story, &identity, &expected, &answer);
        Some(story)
    }
}

impl Drop for Walk<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("The walk so far:\n  {}", self.history.join("\n  "));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_every_action_each_caller_finds_the_allowed_operations_and_is_refused_all_others() {
    let fixture = Fixture::with_few_callers().await;
    let config = Config { cases: WALKS, max_shrink_iters: 100, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let (mut acted, mut probed) = (0, 0);
    let walked = block_in_place(|| {
        // Each walk begins with the state that the fixture has kept.
        let counts = std::cell::Cell::new((0, 0));
        let walked = runner.run(&vec(step(), 1..=STEPS), |steps| {
            let mut walk = Walk { fixture: &fixture, callers: Vec::new(), history: Vec::new(), acted: 0, probed: 0 };
            Handle::current().block_on(walk.take(&steps));
            let (acted, probed) = counts.get();
            counts.set((acted + walk.acted, probed + walk.probed));
            Ok(())
        });
        (acted, probed) = counts.get();
        walked
    });
    walked.unwrap();
    println!("{acted} steps taken, {probed} refusals on the way");
}

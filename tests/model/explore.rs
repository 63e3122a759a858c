//! Breadth first through all states, and from each to its end.

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::moves::{Broke, Effect, Ending, Move, Reply, World};
use crate::state::{Scope, State, Worker};

/// More steps than any state needs to come to its end.
const STEPS_TO_THE_END: u32 = 200;

/// What was explored.
#[derive(Debug)]
pub(crate) struct Explored {
    pub(crate) states: usize,
    pub(crate) transitions: u64,
    /// How many things happen one after the other on the longest of the shortest paths.
    pub(crate) depth: u32,
    /// There is nothing new beyond that depth.
    pub(crate) closed: bool,
    /// How many calls the real journal was asked for.
    pub(crate) calls: u64,
    /// The most steps that it takes from any state to the end once the services answer.
    pub(crate) steps_to_the_end: u32,
    pub(crate) took: Duration,
}

impl Explored {
    /// The same for a report.
    pub(crate) fn figures(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("states", json!(self.states)),
            ("transitions", json!(self.transitions)),
            ("depth", json!(self.depth)),
            ("closed", json!(self.closed)),
            ("journal_calls", json!(self.calls)),
            ("most_steps_to_the_end", json!(self.steps_to_the_end)),
            ("seconds", json!(self.took.as_secs())),
        ]
    }
}

/// A shortest way to a state in which a rule is broken.
#[derive(Debug)]
pub(crate) struct Counterexample {
    pub(crate) rule: Broke,
    pub(crate) path: Vec<Move>,
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.rule)?;
        for (place, step) in self.path.iter().enumerate() {
            writeln!(f, "{:>3}. {step}", place + 1)?;
        }
        Ok(())
    }
}

/// Every state that can be reached, each with the move and the state that it was reached from first.
#[derive(Debug, Default)]
struct Reached {
    states: Vec<State>,
    origins: Vec<Option<(usize, Move)>>,
    known: HashMap<State, usize>,
}

impl Reached {
    fn add(&mut self, state: State, origin: Option<(usize, Move)>) -> bool {
        if self.known.contains_key(&state) {
            return false;
        }
        self.known.insert(state.clone(), self.states.len());
        self.states.push(state);
        self.origins.push(origin);
        true
    }

    fn path(&self, mut place: usize) -> Vec<Move> {
        let mut path = Vec::new();
        while let Some((before, step)) = self.origins[place] {
            path.push(step);
            place = before;
        }
        path.reverse();
        path
    }
}

/// Explores the scope.
///
/// # Errors
/// The shortest way to where a rule is broken.
pub(crate) fn explore(scope: Scope) -> Result<Explored, Box<Counterexample>> {
    #[expect(clippy::disallowed_methods, reason = "how long it took is for people")]
    let began = Instant::now();
    let (mut world, first) = World::new(scope);
    let mut reached = Reached::default();
    reached.add(first, None);
    let (mut from, mut depth, mut transitions, mut closed) = (0, 0, 0_u64, false);
    while scope.depth.is_none_or(|deepest| depth < deepest) {
        let until = reached.states.len();
        for place in from..until {
            let state = reached.states[place].clone();
            for step in world.moves(&state) {
                let next = world.after(&state, step).map_err(|rule| {
                    let mut path = reached.path(place);
                    path.push(step);
                    Box::new(Counterexample { rule, path })
                })?;
                transitions += 1;
                if let Some(next) = next {
                    reached.add(next, Some((place, step)));
                }
            }
        }
        from = until;
        if reached.states.len() == until {
            closed = true;
            break;
        }
        depth += 1;
    }
    let steps_to_the_end = ends(&mut world, &reached)?;
    let took = began.elapsed();
    let (states, calls) = (reached.states.len(), world.real.calls);
    Ok(Explored { states, transitions, depth, closed, calls, steps_to_the_end, took })
}

/// From every state on the services answer: everything comes to its end. So it does for each service while the other one
/// never does anything again. Returns the most steps that it takes.
fn ends(world: &mut World, reached: &Reached) -> Result<u32, Box<Counterexample>> {
    let services: Vec<usize> = (0..world.scope.services).collect();
    let mut companies = vec![services.clone()];
    if services.len() > 1 {
        companies.extend(services.iter().map(|&service| vec![service]));
    }
    let mut most = 0;
    for alive in companies {
        for lost in [false, true] {
            let mut far = HashMap::new();
            for (place, state) in reached.states.iter().enumerate() {
                let steps = end(world, state, &alive, lost, &mut far).map_err(|(rule, steps)| {
                    let mut path = reached.path(place);
                    path.extend(steps);
                    Box::new(Counterexample { rule, path })
                })?;
                most = most.max(steps);
            }
        }
    }
    Ok(most)
}

fn end(
    world: &mut World,
    state: &State,
    alive: &[usize],
    lost: bool,
    far: &mut HashMap<State, u32>,
) -> Result<u32, (Broke, Vec<Move>)> {
    let (mut state, mut way, mut path) = (state.clone(), Vec::new(), Vec::new());
    let rest = loop {
        if let Some(&steps) = far.get(&state) {
            break steps;
        }
        if world.is_drained(&state, alive) {
            world.check_end(&state, alive).map_err(|rule| (rule, path.clone()))?;
            break 0;
        }
        if way.len() as u32 > STEPS_TO_THE_END {
            return Err(("it comes to no end".into(), path));
        }
        let (step, next) = good_step(world, &state, alive, lost).map_err(|rule| (rule, path.clone()))?;
        path.push(step);
        way.push(std::mem::replace(&mut state, next));
    };
    far.entry(state).or_insert(rest);
    let mut steps = rest;
    for state in way.into_iter().rev() {
        steps += 1;
        far.insert(state, steps);
    }
    Ok(steps)
}

/// What happens next where nothing goes wrong any more. What was still under way arrives, or is lost.
fn good_step(world: &mut World, state: &State, alive: &[usize], lost: bool) -> Result<(Move, State), Broke> {
    for &service in alive {
        let step = match &state.workers[service] {
            Worker::Gone => Move::Starts(service),
            Worker::Calling(errand) if errand.asks => Move::Asked(service, Reply::Truth),
            Worker::Calling(_) => Move::Sent(service, Effect::Done, 0, Ending::Answered),
            Worker::Free => Move::Takes(service),
        };
        if let Some(next) = world.after(state, step)?
            && (next.workers != state.workers || step != Move::Takes(service))
        {
            return Ok((step, next));
        }
    }
    let step = Move::Tick(if lost { u8::MAX } else { 0 });
    match world.after(state, step)? {
        Some(next) => Ok((step, next)),
        None => Err("something waits for nothing".into()),
    }
}

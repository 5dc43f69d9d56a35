//! The actors of a story: they write in the book, obey, and have their moods.

use std::time::Duration;

use ractor::{Actor, ActorProcessingErr, ActorRef};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use supervision::{ChildContext, Fault, Pulse};

use crate::book::Book;
use crate::kin::split;
use crate::orders::{Order, Orders};

/// What a run owns; when the last of it is dropped, the run is gone.
pub(crate) struct Diary {
    pub(crate) book: Book,
    pub(crate) path: String,
    id: u64,
}

impl Diary {
    pub(crate) fn begin(book: &Book, path: String) -> Self {
        Self {
            id: book.begins(&path),
            book: book.clone(),
            path,
        }
    }
}

impl Drop for Diary {
    fn drop(&mut self) {
        self.book.gone(&self.path, self.id);
    }
}

/// How one run behaves without being told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mood {
    pub(crate) start: Duration,
    pub(crate) fails_to_start: bool,
    /// Longer than any deadline for some.
    pub(crate) stop: Duration,
}

impl Mood {
    /// The same for the same run of the same story. First runs fail only below `d`, the names of
    /// children added at run time.
    pub(crate) fn of(seed: u64, path: &str, generation: u64) -> Self {
        let mix = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let mixed = path.bytes().fold(seed ^ generation.rotate_left(32), mix);
        let mut rng = StdRng::seed_from_u64(mixed);
        let slow = |rng: &mut StdRng| match rng.random_range(0..20) {
            0..=11 => 0,
            12..=18 => rng.random_range(1..5),
            _ => 25,
        };
        Self {
            start: Duration::from_millis(slow(&mut rng)),
            fails_to_start: (generation > 0 || split(path).1.starts_with('d'))
                && rng.random_bool(0.04),
            stop: Duration::from_millis(slow(&mut rng)),
        }
    }
}

pub(crate) struct Subject;

pub(crate) struct Arguments {
    pub(crate) diary: Diary,
    pub(crate) context: ChildContext,
    pub(crate) mood: Mood,
    pub(crate) orders: Orders,
}

pub(crate) struct State {
    diary: Diary,
    pulse: Pulse,
    mood: Mood,
}

impl Actor for Subject {
    type Msg = Order;
    type State = State;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<Order>,
        arguments: Arguments,
    ) -> Result<State, ActorProcessingErr> {
        let Arguments {
            diary,
            context,
            mood,
            orders,
        } = arguments;
        tokio::time::sleep(mood.start).await;
        if mood.fails_to_start {
            return Err("no luck".into());
        }
        // Idle until there is an order.
        context.pulse.rest();
        orders.actor(&diary.path, myself);
        diary.book.up(&diary.path);
        Ok(State {
            diary,
            pulse: context.pulse,
            mood,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<Order>,
        order: Order,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        state.pulse.beat();
        match order {
            Order::Strike(fault) => {
                if fault == Fault::Hang {
                    state.diary.book.hangs(&state.diary.path);
                }
                match fault.strike().await {}
            }
            Order::Fail => return Err("as ordered".into()),
            Order::Quit => {
                state.diary.book.quits(&state.diary.path);
                myself.stop(None);
            }
            Order::Work(time) => {
                tokio::time::sleep(time).await;
                state.diary.book.obeyed(&state.diary.path);
            }
        }
        state.pulse.rest();
        Ok(())
    }

    async fn post_stop(
        &self,
        _: ActorRef<Order>,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        state.diary.book.asked(&state.diary.path);
        tokio::time::sleep(state.mood.stop).await;
        Ok(())
    }
}

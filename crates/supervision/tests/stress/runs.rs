//! What children, and the driver who strikes them, write in the book.

use supervision::Fault;

use crate::book::{Book, Pages, Run};
use crate::kin::{LastRun, split};

impl Book {
    /// A run begins; its id.
    pub(crate) fn begins(&self, path: &str) -> u64 {
        let mut pages = self.pages();
        let id = pages.number();
        pages.note(&format!("begins  {path}"));
        pages.check_begin(path);
        let run = Run {
            id,
            up: false,
            asked: false,
            quit: false,
            struck: None,
            hung: false,
            owes: 0,
        };
        pages.alive.insert(path.to_owned(), run);
        id
    }

    /// The run's start is complete.
    pub(crate) fn up(&self, path: &str) {
        let mut pages = self.pages();
        if let Some(run) = pages.alive.get_mut(path) {
            run.up = true;
        }
        let (parent, name) = split(path);
        let family = pages.supervisors.get(parent);
        if let Some(number) = family.and_then(|family| Some(family.member(name)?.number)) {
            pages.were_up.insert(number);
        }
    }

    /// Tells the run that lives and is up, and writes that down; whether there was one.
    pub(crate) fn owe(&self, path: &str, tell: impl FnOnce() -> bool) {
        let mut pages = self.pages();
        if let Some(run) = pages.alive.get_mut(path).filter(|run| run.up) {
            run.owes += u32::from(tell());
        }
    }

    /// The actor is about to hang.
    pub(crate) fn hangs(&self, path: &str) {
        if let Some(run) = self.pages().alive.get_mut(path) {
            run.hung = true;
        }
    }

    /// An order was obeyed.
    pub(crate) fn obeyed(&self, path: &str) {
        if let Some(run) = self.pages().alive.get_mut(path) {
            run.owes = run.owes.saturating_sub(1);
        }
    }

    /// The run will end normally and by itself.
    pub(crate) fn quits(&self, path: &str) {
        let mut pages = self.pages();
        pages.note(&format!("quits   {path}"));
        if let Some(run) = pages.alive.get_mut(path) {
            run.quit = true;
        }
    }

    /// The run sees that it should end.
    pub(crate) fn asked(&self, path: &str) {
        let mut pages = self.pages();
        let Some(run) = pages.alive.get_mut(path) else {
            return pages.broken(format!("{path} was asked to end and does not live"));
        };
        if run.quit {
            return;
        }
        run.asked = true;
        pages.note(&format!("asked   {path}"));
        pages.check_turn(path);
    }

    /// Nothing of the run is left.
    pub(crate) fn gone(&self, path: &str, id: u64) {
        let mut pages = self.pages();
        pages.note(&format!("gone    {path}"));
        if pages.quiet_end {
            pages.check_turn(path);
        }
        match pages.alive.remove(path) {
            Some(run) if run.id == id => pages.ended(path, &run),
            // Reported when the second one began.
            Some(_) | None => {}
        }
    }

    /// The simulated fault reaches the run that lives now.
    pub(crate) fn struck(&self, path: &str, fault: Fault) {
        let mut pages = self.pages();
        pages.note(&format!("strike  {path:?} {fault}"));
        // A task is struck at once, an actor when it comes to the message.
        let (parent, name) = split(path);
        let kin = pages
            .supervisors
            .get(parent)
            .and_then(|family| family.member(name));
        let at_once = kin.is_some_and(|kin| !kin.is_actor());
        if let Some(run) = pages.alive.get_mut(path) {
            let first = run.struck.is_none();
            run.hung =
                fault != Fault::Kill && (run.hung || (first && at_once && fault == Fault::Hang));
            run.struck.get_or_insert(fault);
            run.owes += 1;
        }
        let supervisor = pages
            .supervisors
            .get_mut(path)
            .map(|family| family.struck = true);
        if supervisor.is_some() {
            pages.cause(path);
        }
    }
}

impl Pages {
    /// One more reason for the supervisors above to restart something.
    pub(crate) fn cause(&mut self, path: &str) {
        let mut here = path;
        while !here.is_empty() {
            here = split(here).0;
            if let Some(family) = self.supervisors.get_mut(here) {
                family.causes += 1;
            }
        }
    }

    fn ended(&mut self, path: &str, run: &Run) {
        if !run.asked {
            self.cause(path);
        }
        let (parent, name) = split(path);
        let family = self.supervisors.get_mut(parent);
        if let Some(kin) = family.and_then(|family| family.member_mut(name)) {
            kin.last = Some(LastRun {
                quit: run.quit,
                struck: run.struck.is_some(),
            });
        }
    }
}

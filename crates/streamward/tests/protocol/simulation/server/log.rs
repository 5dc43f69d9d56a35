//! The log of a world: every command by the name of its script, and every answer.

use redis::{Cmd, RedisResult, Value};

use super::{BEGINNING, Server};

impl Server {
    pub(in super::super) fn note(&mut self, what: impl FnOnce() -> String) {
        let at = self.now_ms() - BEGINNING;
        if let Some(log) = &mut self.log {
            log.push(format!("{at:>8} ms  {}", what()));
        }
    }

    /// A command and its answer for the log; scripts by their names.
    pub(super) fn describe(&self, command: &Cmd, answer: &RedisResult<Value>) -> String {
        let words = command.args_iter().map(|arg| match arg {
            redis::Arg::Simple(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            _ => String::new(),
        });
        let mut words: Vec<String> = words.collect();
        match &*words[0] {
            "EVALSHA" => {
                let name = self.loaded.get(&words[1]).copied();
                words.splice(0..3, [name.unwrap_or("unloaded").to_owned()]);
            }
            "SCRIPT" => words.truncate(2),
            _ => {}
        }
        let answer = match answer {
            Ok(answer) => text_of(answer),
            Err(error) => error.to_string(),
        };
        format!("{} -> {answer}", words.join(" "))
    }
}

/// An answer as text.
fn text_of(answer: &Value) -> String {
    match answer {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(text_of).collect();
            format!("[{}]", items.join(" "))
        }
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Int(number) => number.to_string(),
        other => format!("{other:?}"),
    }
}

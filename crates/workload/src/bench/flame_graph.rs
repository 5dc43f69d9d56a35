//! Flame graph of a process, from samples of Linux' `perf`.

use std::{collections::BTreeMap, fmt::Write as _, path::Path, process::Stdio};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::fixture::float;
use crate::processes;

const WIDTH: f64 = 1200.0;
const ROW: f64 = 17.0;
/// Narrower boxes are left out.
const LEAST_WIDTH: f64 = 0.5;
/// Width of a character of a label.
const CHARACTER: f64 = 6.6;
const STYLE: &str =
    "text{font:11px ui-monospace,monospace;fill:#222}rect{stroke:#fff;stroke-width:.5}";

/// A running recording.
#[derive(Debug)]
pub(super) struct Recording {
    perf: Child,
    folder: TempDir,
}

impl Recording {
    /// Starts to sample the process `pid`.
    pub(super) fn start(pid: u32) -> Result<Self> {
        let folder = processes::temp_dir()?;
        let mut perf = Command::new("perf");
        perf.args(["record", "--freq", "499", "--call-graph", "dwarf,16384"])
            .args(["--pid", &pid.to_string(), "--output"])
            .arg(folder.path().join("perf.data"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let perf = perf.spawn().context("--flame-graph needs Linux' perf")?;
        Ok(Self { perf, folder })
    }

    /// Ends the recording and writes its flame graph.
    pub(super) async fn write(mut self, path: &Path) -> Result<()> {
        let pid = self.perf.id().context("perf has ended: may it sample?")?;
        processes::send("-INT", pid).await?;
        self.perf.wait().await?;
        let mut script = Command::new("perf");
        script
            .args(["script", "--no-inline", "--fields", "ip,sym", "--input"])
            .arg(self.folder.path().join("perf.data"))
            .stderr(Stdio::null());
        let output = script.output().await?;
        let root = Frame::of(&String::from_utf8_lossy(&output.stdout));
        ensure!(root.samples > 0, "perf has no samples: may it sample?");
        let written = std::fs::write(path, root.draw());
        written.with_context(|| format!("--flame-graph {}", path.display()))
    }
}

/// A function, in the calls from which it was sampled.
#[derive(Debug, Default, PartialEq, Eq)]
struct Frame {
    samples: u64,
    callees: BTreeMap<String, Self>,
}

impl Frame {
    /// Adds up stacks, which are separated by an empty line and begin with the innermost function.
    fn of(stacks: &str) -> Self {
        let mut root = Self::default();
        for stack in stacks.split("\n\n") {
            let lines: Vec<&str> = stack
                .lines()
                .filter(|line| !line.trim().is_empty())
                .collect();
            if lines.is_empty() {
                continue;
            }
            root.samples += 1;
            let mut frame = &mut root;
            for line in lines.iter().rev() {
                let function = line.trim().split_once(' ').map_or("?", |(_, name)| name);
                frame = frame.callees.entry(function.to_owned()).or_default();
                frame.samples += 1;
            }
        }
        root
    }

    fn depth(&self) -> usize {
        1 + self.callees.values().map(Self::depth).max().unwrap_or(0)
    }

    fn draw(&self) -> String {
        let height = ROW * float(self.depth() as u64);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\">\n\
             <style>{STYLE}</style>\n"
        );
        let scale = WIDTH / float(self.samples);
        self.draw_into(&mut svg, "all", 0.0, height - ROW, scale);
        svg + "</svg>\n"
    }

    /// Draws this function at the bottom of its callees.
    fn draw_into(&self, svg: &mut String, name: &str, left: f64, top: f64, scale: f64) {
        let width = float(self.samples) * scale;
        if width < LEAST_WIDTH {
            return;
        }
        let (samples, hue) = (self.samples, hue(name));
        let escaped = escape(name);
        // A picture that is written into memory cannot fail.
        let _ = writeln!(
            svg,
            "<g><title>{escaped}: {samples} samples</title>\
             <rect x=\"{left:.1}\" y=\"{top}\" width=\"{width:.1}\" height=\"{ROW}\" fill=\"hsl({hue} 70% 70%)\"/>"
        );
        let fitting = name.chars().take_while({
            let mut end = CHARACTER;
            move |_| {
                end += CHARACTER;
                end <= width
            }
        });
        let label: String = fitting.collect();
        if label.len() > 2 {
            let (x, y) = (left + 2.0, top + 12.0);
            let label = escape(&label);
            let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y}\">{label}</text>");
        }
        svg.push_str("</g>\n");
        let mut left = left;
        for (name, callee) in &self.callees {
            callee.draw_into(svg, name, left, top - ROW, scale);
            left += float(callee.samples) * scale;
        }
    }
}

/// Returns a warm colour that is the same for all functions of a crate.
fn hue(function: &str) -> u32 {
    let end = function.find("::").unwrap_or(function.len());
    let sum: u32 = function[..end].bytes().map(u32::from).sum();
    sum % 60
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const STACKS: &str =
        "  7f01 memcpy\n  7f02 store::place\n  7f03 main\n\n  7f04 store::place\n  7f03 main\n\n";

    #[test]
    fn stacks_with_the_same_callers_are_added_up() {
        let root = Frame::of(STACKS);
        let main = &root.callees["main"];
        let place = &main.callees["store::place"];
        assert_eq!((root.samples, main.samples, place.samples), (2, 2, 2));
        assert_eq!(place.callees["memcpy"].samples, 1);
        assert_eq!(root.depth(), 4);
    }

    #[test]
    fn a_box_is_as_wide_as_its_share_and_names_are_escaped() {
        let picture = Frame::of("  1 a<b>\n\n  2 c\n\n").draw();
        assert_eq!(picture.matches("width=\"600.0\"").count(), 2, "{picture}");
        assert!(picture.contains("a&lt;b&gt;") && !picture.contains("a<b>"));
    }
}

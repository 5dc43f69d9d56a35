//! Figures of several rounds, and the machine that they belong to.

/// Returns the value below which `percent` of the values are.
pub fn share(values: &[f64], percent: usize) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let at = values.len() * percent / 100;
    values.get(at.min(values.len().saturating_sub(1))).copied()
}

/// Returns the median.
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    share(&values.into_iter().collect::<Vec<_>>(), 50)
}

/// Writes the lowest and the highest value, or the only one.
pub fn range<T: PartialOrd + ToString>(values: impl IntoIterator<Item = T>) -> String {
    let mut values: Vec<T> = values.into_iter().collect();
    values.sort_by(|one, other| one.partial_cmp(other).unwrap_or(std::cmp::Ordering::Equal));
    match &values[..] {
        [] => String::new(),
        [low, .., high] if low < high => format!("{}-{}", low.to_string(), high.to_string()),
        [low, ..] => low.to_string(),
    }
}

/// Returns the name of the processor.
pub fn processor() -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find(|line| line.starts_with("model name"));
    let name = model.and_then(|line| line.split(": ").nth(1));
    name.unwrap_or("unknown").to_owned()
}

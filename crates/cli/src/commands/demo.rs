//! Under construction.
pub(crate) async fn run<T>(_args: &T) -> anyhow::Result<std::process::ExitCode> {
    anyhow::bail!("under construction")
}


/// The mutant of this run.
pub fn mutant() -> &'static str {
    static CHOSEN: std::sync::LazyLock<String> =
        std::sync::LazyLock::new(|| std::env::var("MUTANT_OF_USHER").unwrap_or_default());
    &CHOSEN
}

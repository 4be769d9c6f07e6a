//! The `holdline` command: everything is in the library's `cli`.
fn main() -> std::process::ExitCode {
    holdline::cli::main()
}

//! The script that a watchdog runs.

/// `$1` is the cluster, the rest is the command line of Postgres.
///
/// The loop repeats its signal each second, because Postgres loses one that arrives before it has installed its handlers. `$$`
/// in the inner shell is the outer one. While that lives, Postgres is its child and keeps its process id; after that, only the
/// cluster's `postmaster.pid` says whether the id still belongs to Postgres. The outer shell kills the inner one by a signal
/// that it cannot ignore.
pub(crate) const SCRIPT: &str = r#"
trap '' INT TERM HUP
cluster=$1
shift
exec 3<&0 </dev/null
"$@" 3<&- &
postgres=$!
{
    while read -r _; do :; done
    seconds=0
    while kill -0 "$postgres"; do
        if kill -0 $$ || { read -r recorded <"$cluster/postmaster.pid" && [ "$recorded" = "$postgres" ]; }; then
            if [ "$seconds" -lt 20 ]; then kill -INT "$postgres"; else kill -QUIT "$postgres"; fi
        else
            exit
        fi
        sleep 1
        seconds=$((seconds + 1))
    done
} <&3 >/dev/null 2>&1 &
watch=$!
exec 3<&-
wait "$postgres"
status=$?
kill -KILL "$watch"
exit "$status"
"#;

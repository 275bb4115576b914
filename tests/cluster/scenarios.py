"""What happens to the cluster while clients write, and what must hold."""

import signal
import threading
import time
from pathlib import Path

from clients import Client
from cluster import Cluster
from freshness import Victim
from second_factors import Guarded
from writers import Writers

# Writes that must succeed before the next fault, and after it.
SOME = 40


def every_replica_is_replaced_and_no_request_fails(cluster: Cluster, replacement: Path) -> None:
    began = time.monotonic()
    with Writers(cluster.proxy.url) as writers:
        for _ in range(2):
            for replica in cluster.replicas:
                writers.progress(SOME)
                cluster.replace(replica, replacement)
        writers.progress(SOME)
        failed = writers.put_off + writers.lost
        writers.compare(cluster.primary)
    assert not failed, f"{failed} requests failed"
    took = time.monotonic() - began
    print(f"  {2 * len(cluster.replicas)} replacements in {took:.0f} s; no request took longer than {writers.longest:.1f} s")


def access_revoked_through_one_replica_is_refused_by_the_others(cluster: Cluster) -> None:
    victims = [Victim(f"victim{n}", cluster) for n in range(2)]
    threads = [threading.Thread(target=victim.run) for victim in victims]
    with Writers(cluster.proxy.url) as writers:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        writers.progress(1)
        writers.compare(cluster.primary)
    faults = [fault for victim in victims for fault in victim.faults]
    assert not faults, "\n".join(faults[:20])
    tally = sum((victim.tally for victim in victims), start=type(victims[0].tally)())
    assert tally["refused at once"] >= SOME and tally["200"] >= SOME, tally
    statuses = ", ".join(f"{tally[status]} × {status}" for status in ("200", "401", "403", "503"))
    print(f"  {tally['refused at once']} requests right after the acknowledgement, all refused; others in this time: {statuses}")


def a_sign_in_in_two_steps_outlives_the_replica_that_began_it(cluster: Cluster) -> None:
    guarded = [Guarded(f"guarded{n}", cluster) for n in range(2)]
    rounds = len(cluster.replicas)
    with Writers(cluster.proxy.url) as writers:
        for nth in range(rounds):
            writers.progress(SOME)
            for user in guarded:
                user.lose_a_replica_between_the_steps(nth)
        writers.progress(SOME)
        writers.compare(cluster.primary)
    print(f"  {rounds * len(guarded)} sign-ins, each completed by one of the other replicas, with a code that was good once")


def the_primary_is_killed_and_the_standby_takes_over(cluster: Cluster) -> None:
    with Writers(cluster.proxy.url) as writers:
        for _ in range(3):
            writers.progress(SOME)
            cluster.lose_the_primary()
            killed = time.monotonic()
            writers.trouble()
            noticed = time.monotonic()
            for replica in cluster.replicas:
                assert Client(replica.url).ask("GET", "/health/live").status == 200
            began = time.monotonic()
            cluster.fail_over()
            promoted = time.monotonic()
            writers.progress(1)
            resumed = time.monotonic()
            print(
                f"  killed: noticed after {noticed - killed:.2f} s; the standby promoted in {promoted - began:.2f} s; "
                f"the first write {resumed - promoted:.2f} s after that"
            )
            writers.progress(SOME)
            cluster.make_redundant()
        writers.progress(SOME)
        _expect_none_lost(writers)
        writers.compare(cluster.primary)


def pgbouncer_restarts_and_connected_clients_get_503(cluster: Cluster) -> None:
    with Writers(cluster.proxy.url) as writers:
        for signal_ in [signal.SIGTERM, signal.SIGKILL] * 3:
            writers.progress(SOME)
            began = time.monotonic()
            cluster.pooler.stop(signal_)
            cluster.pooler.start()
            restarted = time.monotonic()
            writers.progress(1)
            print(
                f"  {signal_.name}: back after {restarted - began:.2f} s; "
                f"the first write {time.monotonic() - restarted:.2f} s after that"
            )
        writers.progress(SOME)
        _expect_none_lost(writers)
        writers.compare(cluster.primary)


def while_the_standby_is_away_no_write_is_acknowledged(cluster: Cluster) -> None:
    with Writers(cluster.proxy.url) as writers:
        writers.progress(SOME)
        cluster.standby.stop()
        # Requests that were in progress.
        time.sleep(1)
        before = writers.acknowledged
        began = time.monotonic()
        writers.trouble()
        print(f"  the first 503 {time.monotonic() - began + 1:.1f} s after the standby had gone")
        time.sleep(3)
        assert writers.acknowledged == before, "a write was acknowledged that is on one disk only"
        cluster.standby.start()
        cluster.primary.wait_for_standby()
        back = time.monotonic()
        writers.progress(1)
        print(f"  the first write {time.monotonic() - back:.2f} s after it was back")
        writers.progress(SOME)
        _expect_none_lost(writers)
        writers.compare(cluster.primary)


def _expect_none_lost(writers: Writers) -> None:
    assert writers.lost == 0, f"{writers.lost} connections broke, though HAProxy and the replicas were there"

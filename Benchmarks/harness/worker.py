"""A worker process: started once, warmed up, asked for repetitions, stopped while the other side runs."""
import atexit
import json
import os
import signal
import subprocess
import threading
import time

from . import places


class WorkerError(Exception):
    pass


# A stopped process outlives its parent, so none may be forgotten.
_alive = set()


@atexit.register
def close_all():
    for worker in list(_alive):
        worker.close()


class Worker:
    """`argv` speaks the protocol of peers/protocol.py. It may use `cpus`; `bind` says how two threads are spread."""

    def __init__(self, argv, cpus, threads, environment=(), bind=None, patience=300):
        self.patience, self.bind = patience, bind
        variables = {**os.environ, **thread_variables(threads), **dict(environment)}
        variables["PYTHONDONTWRITEBYTECODE"] = "1"
        places.RESULTS.mkdir(exist_ok=True)
        self.log = open(places.RESULTS / "workers.log", "a")
        self.log.write("\n== " + " ".join(map(str, argv)) + "\n")
        self.log.flush()
        self.process = subprocess.Popen(
            [str(part) for part in argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
            text=True, bufsize=1, env=variables, preexec_fn=lambda: os.sched_setaffinity(0, cpus))
        _alive.add(self)
        self.cpus = sorted(cpus)
        try:
            self.ready = self._answer()
            if bind == "spread":
                self._spread(self._busy_threads_of_a_run())
        except WorkerError:
            self.close()
            raise
        self._signal(signal.SIGSTOP)

    def run(self, count):
        """The record of `count` repetitions."""
        self._signal(signal.SIGCONT)
        if self.bind == "while-running":
            threading.Thread(target=self._spread_soon, daemon=True).start()
        record = self._ask(count)
        self._signal(signal.SIGSTOP)
        return record

    def close(self):
        _alive.discard(self)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log.close()

    # Talking

    def _ask(self, count):
        try:
            self.process.stdin.write(f"run {count}\n")
            self.process.stdin.flush()
        except OSError as error:
            raise WorkerError(f"the worker has ended: {error}") from error
        return self._answer()

    def _answer(self):
        watchdog = threading.Timer(self.patience, self.process.kill)
        watchdog.start()
        try:
            for line in self.process.stdout:
                if line.startswith("{"):
                    record = json.loads(line)
                    if "error" in record:
                        raise WorkerError(record["error"])
                    return record
        finally:
            watchdog.cancel()
        raise WorkerError("the worker ended or took too long; see results/workers.log")

    def _signal(self, number):
        if self.process.poll() is None:
            self.process.send_signal(number)

    # Spreading threads over the processors: some kernels pack them onto one.

    def _ticks(self):
        ticks, folder = {}, f"/proc/{self.process.pid}/task"
        try:
            for thread in os.listdir(folder):
                with open(f"{folder}/{thread}/stat") as stat:
                    values = stat.read().rsplit(")", 1)[1].split()
                ticks[int(thread)] = int(values[11]) + int(values[12])
        except OSError:
            pass
        return ticks

    def _busy_threads_of_a_run(self):
        before = self._ticks()
        started = time.monotonic()
        self._ask(1)
        if time.monotonic() - started < 0.3:  # a tick is 10 ms: a short run shows nothing
            self._ask(int(0.5 / max(1e-3, time.monotonic() - started)) + 1)
        now = self._ticks()
        return {thread: now[thread] - before.get(thread, 0) for thread in now}

    def _spread(self, busy):
        most = max(busy.values(), default=0)
        chosen = sorted((thread for thread in busy if busy[thread] * 5 >= most > 0), key=lambda t: -busy[t])
        if len(chosen) < 2:
            return
        for thread, cpu in zip(chosen, self.cpus):
            try:
                os.sched_setaffinity(thread, {cpu})
            except OSError:
                pass

    def _spread_soon(self):
        """For threads that live as long as a run: once they work, each gets its processor."""
        before, bound = self._ticks(), {}
        for pause in (0.04, 0.06, 0.1, 0.2, 0.4):
            time.sleep(pause)
            now = self._ticks()
            working = [t for t in now if now[t] - before.get(t, 0) > 0 and t != self.process.pid]
            for thread in sorted(working):
                if thread not in bound:
                    bound[thread] = self.cpus[len(bound) % len(self.cpus)]
                    try:
                        os.sched_setaffinity(thread, {bound[thread]})
                    except OSError:
                        pass


def thread_variables(threads):
    names = ("OMP", "MKL", "OPENBLAS", "NUMBA")
    return {f"{name}_NUM_THREADS": str(threads) for name in names}

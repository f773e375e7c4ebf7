"""Ours and a peer in turn, pair by pair; a pair that the machine disturbed is run again."""
import json
import statistics
import subprocess

from . import places
from .worker import Worker, WorkerError

# Of twice the rate of one processor alone; sharing one core gives about half.
ENOUGH = 0.85
# Of a one-thread slice's seconds, the part in which it had its processor.
UNDISTURBED = 0.93


class Machine:
    """The processors, and whether two of them are two."""

    def __init__(self):
        self.one = max(self._rates(places.CPUS[:1])[0] for _ in range(3))

    def share(self):
        """What two processors give now, as a part of twice what one gave alone at its best."""
        rates = self._rates(places.CPUS[:2])
        self.one = max(self.one, *rates)
        return sum(rates) / (2 * self.one)

    @staticmethod
    def _rates(cpus):
        command = [str(places.CALIBRATE), *map(str, cpus)]
        return json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)["gflops"]


class Pairing:
    def __init__(self, settings, machine, emit):
        self.settings, self.machine, self.emit = settings, machine, emit
        self.winners = {}

    def measure(self, work):
        """One summary for each peer of the work."""
        if work.threads > 1 and len(places.CPUS) < 2:
            self.emit({"kind": "skipped", "key": work.key, "reason": "fewer than two processors may be used"})
            return
        try:
            ours = self._start(work, work.ours, ours=True)
        except WorkerError as error:
            self.emit({"kind": "skipped", "key": work.key, "reason": f"ours: {error}"})
            return
        try:
            for tool, candidates in work.peers.items():
                self._against(work, ours, tool, candidates)
        finally:
            ours.close()

    def _against(self, work, ours, tool, candidates):
        try:
            peer, candidate = self._audition(work, tool, candidates)
        except WorkerError as error:
            self.emit({"kind": "skipped", "key": work.key, "peer": tool, "reason": str(error)})
            return
        try:
            counts = [self._count(ours), self._count(peer)]
            pairs, discarded = self._pairs(work, tool, [ours, peer], counts)
            self.emit(summary(work, tool, candidate.label, ours, peer, pairs, discarded, self.settings.clock))
        except WorkerError as error:
            self.emit({"kind": "skipped", "key": work.key, "peer": tool, "reason": str(error)})
        finally:
            peer.close()

    # Starting

    def _start(self, work, argv, ours, environment=(), threads=None):
        """One thread: on one processor. Two: ours bound by OpenMP, peers' busiest threads spread."""
        threads = threads or work.threads
        if threads == 1:
            return Worker(argv, places.CPUS[:1], 1, environment)
        cpus = places.CPUS[:threads]
        if not ours:
            return Worker(argv, cpus, threads, environment, bind="spread")
        if work.bind == "omp":
            return Worker(argv, cpus, threads, {"OMP_PROC_BIND": "true", "OMP_PLACES": "cores"})
        return Worker(argv, cpus, threads, {}, bind=work.bind)

    def _audition(self, work, tool, candidates):
        """The worker of the fastest setting, and the setting."""
        known = self.winners.get((work.family, tool))
        if known is not None and work.family:
            candidates = [candidates[known]]
        elif self.settings.quick:
            candidates = candidates[:1]
        best = None
        for index, candidate in enumerate(candidates):
            try:
                own = tool == "genrelens-1"
                worker = self._start(work, candidate.argv, False, candidate.environment, 1 if own else None)
                seconds = self._value(worker, 1)
                # What is far behind after one repetition needs no second look.
                if best is None or seconds < 1.5 * best[0]:
                    seconds = min(self._value(worker, self._count(worker)) for _ in range(2))
            except WorkerError as error:
                self.emit({"kind": "audition", "key": work.key, "peer": tool, "setting": candidate.label,
                           "error": str(error)})
                continue
            self.emit({"kind": "audition", "key": work.key, "peer": tool, "setting": candidate.label,
                       "per_second": 1 / seconds})
            if best is None or seconds < best[0]:
                if best:
                    best[1].close()
                best = (seconds, worker, candidate, index)
            else:
                worker.close()
        if best is None:
            raise WorkerError("no setting works; see results/workers.log")
        if known is None:
            self.winners[(work.family, tool)] = best[3]
        return best[1], best[2]

    # Running

    def _value(self, worker, count):
        return seconds_per_item(worker, worker.run(count), self.settings.clock)

    def _count(self, worker):
        """Repetitions that fill a slice."""
        step = statistics.median(worker.run(1)["seconds"])
        return max(1, min(500, round(self.settings.slice_seconds / step)))

    def _pairs(self, work, tool, workers, counts):
        pairs, discarded = [], 0
        while len(pairs) < self.settings.pairs:
            pair = self._pair(work, workers, counts, order=(len(pairs) + discarded) % 2)
            # The bound keeps a busy machine from running for ever; what was kept then is marked.
            keep = pair["undisturbed"] or discarded >= 2 * self.settings.pairs
            self.emit({"kind": "pair", "key": work.key, "peer": tool, "kept": keep, **pair})
            if keep:
                pairs.append(pair)
            else:
                discarded += 1
        return pairs, discarded

    def _pair(self, work, workers, counts, order):
        two = work.threads > 1
        shares = [self.machine.share()] if two else []
        values, had = [0, 0], [1, 1]
        for side in ((0, 1), (1, 0))[order]:
            if counts[side] > 2:
                workers[side].run(1)  # caches
            record = workers[side].run(counts[side])
            values[side] = seconds_per_item(workers[side], record, self.settings.clock)
            had[side] = sum(record["processor_seconds"]) / sum(record["seconds"])
        if two:
            shares.append(self.machine.share())
            undisturbed = min(shares) >= ENOUGH
        else:
            undisturbed = self.settings.clock == "processor" or min(had) >= UNDISTURBED
        return {"ours_s": values[0], "peer_s": values[1], "ratio": values[1] / values[0],
                "undisturbed": undisturbed, "calibration": [round(s, 3) for s in shares],
                "processor_share": [round(h, 3) for h in had]}


def seconds_per_item(worker, record, clock):
    return statistics.median(record["seconds" if clock == "wall" else "processor_seconds"]) / worker.ready["items"]


def summary(work, tool, setting, ours, peer, pairs, discarded, clock):
    ratios = sorted(pair["ratio"] for pair in pairs)
    quartiles = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
    checks = list(zip(ours.ready["check"], peer.ready["check"]))
    scale = abs(ours.ready["check"][1]) if checks else 1
    # A last run tells the peaks; it is not timed.
    peaks = [side.run(1)["peak_mib"] for side in (ours, peer)]
    return {
        "kind": "summary", "key": work.key, "peer": tool, "setting": setting, "threads": work.threads,
        "clock": clock, "unit": ours.ready["unit"] + "/s",
        "ours": 1 / statistics.median(pair["ours_s"] for pair in pairs),
        "theirs": 1 / statistics.median(pair["peer_s"] for pair in pairs),
        "ratio": statistics.median(ratios), "quartiles": [quartiles[0], quartiles[2]],
        "range": [ratios[0], ratios[-1]], "pairs": len(pairs), "discarded": discarded,
        "disturbed": sum(not pair["undisturbed"] for pair in pairs),
        "ours_peak_mib": peaks[0], "peer_peak_mib": peaks[1], "versions": peer.ready["versions"],
        "same_result": all(abs(a - b) <= 0.02 * scale for a, b in checks) if checks else None,
    }

import Synchronization
import Tensors

/// Compiled plans and their memory, shared by all copies of a network.
///
/// A pass checks a plan out and gives it back, so that passes on several threads each have their own.
final class PlanCache: Sendable {
  private struct Idle: @unchecked Sendable {
    var plans: [Plan] = []
  }

  let pool = BufferPool()
  private let idle = Mutex(Idle())
  /// Idle plans kept at most.
  private let capacity = 12

  func checkOut(
    _ architecture: Architecture, shapes: [String: ValueShape], purpose: Plan.Purpose
  ) -> Plan {
    let found = idle.withLock { idle -> PlanBox? in
      idle.plans.firstIndex { $0.purpose == purpose }.map { PlanBox(idle.plans.remove(at: $0)) }
    }
    return found?.plan ?? Plan(architecture, shapes: shapes, purpose: purpose)
  }

  func giveBack(_ plan: Plan) {
    plan.reset()
    let box = PlanBox(plan)
    idle.withLock { idle in
      idle.plans.append(box.plan)
      if idle.plans.count > capacity { idle.plans.removeFirst() }
    }
  }
}

/// Carries a plan, which one pass at a time owns, past the lock.
struct PlanBox: @unchecked Sendable {
  let plan: Plan
  init(_ plan: Plan) { self.plan = plan }
}

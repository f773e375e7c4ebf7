package import Datasets

extension DataProblems.Finding {
  package init(_ finding: Datasets.Finding) {
    self.init(
      code: finding.code.rawValue, severity: finding.severity.rawValue, message: finding.message,
      items: finding.items)
  }
}

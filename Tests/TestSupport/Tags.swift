public import Testing

/// What a test compares with. Every suite has one of the first three at least.
extension Tag {
  /// Expected values were worked out by hand, or follow from the rule on inputs small enough to see.
  @Tag public static var hand: Self
  /// Expected values come from another program, by way of a golden file.
  @Tag public static var reference: Self
  /// A law that holds for any input: agreement with plain loops, completeness, the same bytes with any number of threads.
  @Tag public static var property: Self
  /// A caller's mistake must end the process (exit tests).
  @Tag public static var trap: Self
  /// Opens a page in Chromium.
  @Tag public static var browser: Self
  /// Damaged, misleading or vanishing inputs.
  @Tag public static var hostile: Self
  /// More than two seconds of processor time, optimised.
  @Tag public static var slow: Self
}

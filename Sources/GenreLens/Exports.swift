// Who imports GenreLens has the types that its functions take and return.
@_exported public import Analysis
@_exported public import Audio
@_exported public import Datasets
@_exported public import Exchange
@_exported public import Experiments
@_exported public import Explanation
@_exported public import Features
@_exported public import Files
@_exported public import Images
@_exported public import Jobs
@_exported public import Models
@_exported public import Networks
@_exported public import Report
@_exported public import Statistics
@_exported public import Tensors
@_exported public import Training

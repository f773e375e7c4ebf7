public import Explanation
public import Training

extension GenreModel: ExplainedModel {}

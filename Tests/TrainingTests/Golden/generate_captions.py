"""Makes captions.safetensors, a captioner with its words' loss, gradients and Grad-CAM, with PyTorch.

    python3 Tests/TrainingTests/Golden/generate_captions.py
"""

import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

torch.manual_seed(4)
WORDS, STEPS, UNITS = 5, 3, 4


class Captioner(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 2, 3, padding=1), nn.Conv2d(2, 3, 3, padding=1)
        self.image_dense, self.words_dense = nn.Linear(3, UNITS), nn.Linear(WORDS, UNITS)
        self.decoder, self.word_dense = nn.GRU(UNITS, UNITS, batch_first=True), nn.Linear(UNITS, WORDS)

    def forward(self, image, words):
        x = nn.functional.max_pool2d(torch.relu(self.conv1(image)), 2)
        self.map = torch.relu(self.conv2(x))
        self.map.retain_grad()
        read = torch.tanh(self.words_dense(words) + self.image_dense(self.map.mean((2, 3)))[:, None])
        return self.word_dense(self.decoder(read)[0])


network = Captioner().double()
for parameter in network.parameters():
    nn.init.normal_(parameter, std=0.7)
image = torch.randn(2, 3, 8, 8, dtype=torch.float64)
# "2 4 end" and "1 end": the second has no third step.
captions = [[2, 4], [1]]
previous = torch.zeros(2, STEPS, WORDS, dtype=torch.float64)
targets = torch.full((2, STEPS), -100)
for item, caption in enumerate(captions):
    for step, word in enumerate(caption):
        previous[item, step + 1, word] = 1
    for step, word in enumerate(caption + [0]):
        targets[item, step] = word
logits = network(image, previous)
loss = nn.functional.cross_entropy(logits.reshape(-1, WORDS), targets.reshape(-1))
loss.backward()
result = {name.replace("image_dense", "image.dense").replace("words_dense", "words.dense").replace("word_dense", "word.dense"): p
          for name, p in network.named_parameters()}
result |= {"gradient." + name: p.grad.clone() for name, p in result.items()}
result |= {"image": image, "previous": previous, "logits": logits.reshape(2, -1), "loss": loss.reshape(1)}
# Grad-CAM of the first caption's second word.
network.map.grad = None
logits = network(image, previous)
scores = logits[0].reshape(-1, WORDS)[1]
others = torch.arange(WORDS) != 4
(scores[4] - scores[others].logsumexp(0)).backward()
weights = network.map.grad[0].mean((1, 2))
result["map"] = torch.relu((weights[:, None, None] * network.map[0]).sum(0))
path = pathlib.Path(__file__).parent / "captions.safetensors"
save_file({name: value.detach().float().contiguous() for name, value in result.items()}, path,
          metadata={"torch": torch.__version__})

#pragma once

// TagLib is C++: Sources/CTags uses it and gives C functions.

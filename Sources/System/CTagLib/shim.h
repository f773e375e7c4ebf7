#pragma once

// TagLib is C++: Sources/CTags uses it, by functions in C.

#pragma once

// TagLib is C++: Sources/CTags uses it, behind functions in C.

#pragma once

// libpng leaves its errors by longjmp, which Swift does not survive: Sources/CPictures uses it and gives C functions.

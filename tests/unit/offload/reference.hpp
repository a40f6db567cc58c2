// Random instances, and yardsticks that are as naive as the definitions read.
#pragma once

#include "exhaustive.hpp"
#include "naive_offloading.hpp"
#include "random_instance.hpp"

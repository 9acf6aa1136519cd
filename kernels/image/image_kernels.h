#pragma once

#include "kernels/image/image.h"
#include "kernels/kernel_entry.h"
#include "kernels/targets.h"

GRAFT_FOR_EACH_TARGET(void image_input_simt(const ImageInputProblem&, const ImageInput::Args&,
                                            const RunContext&);)

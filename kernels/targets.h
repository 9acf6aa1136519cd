#pragma once

// Declares the functions of a kernel file for every device that it is compiled for.
//   GRAFT_FOR_EACH_TARGET(void add_simt(const AddProblem&, const Add::Args&, const RunContext&);)
#define GRAFT_FOR_EACH_TARGET(...) \
  namespace graft::cuda {          \
  __VA_ARGS__                      \
  }                                \
  namespace graft::emulated {      \
  __VA_ARGS__                      \
  }                                \
  namespace graft::checked {       \
  __VA_ARGS__                      \
  }

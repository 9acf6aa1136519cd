#pragma once

#include "transfer/graphs/caffe/prototxt.h"

namespace graft {

// One layer with its blobs told apart: a layer in place writes another version of the blob that it reads.
struct CaffeStep {
  const caffe::LayerParameter* layer;
  std::vector<int> bottoms, tops;                // numbers of versions; 0 is the network's input
  const caffe::LayerParameter* scale = nullptr;  // of a BatchNorm, the Scale that belongs to it
};

// What must be computed, in order; a network's layers live in it and must stay where they are.
struct CaffeFlow {
  std::vector<CaffeStep> steps;
  std::vector<int> outputs;
  int versions = 0;
  std::vector<std::string> notes;
};

// `wanted`: blobs, or layers where there is no blob of that name; empty: what no layer reads. A Softmax that
// an output comes from is left out: graft's outputs are what it reads. Error{call} for an unknown name.
CaffeFlow flow_of(const CaffeNetwork& network, const std::vector<std::string>& wanted);

}  // namespace graft

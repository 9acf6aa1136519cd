# Sourced by setup and build, from the project's root: where nvcc is. Prints nothing where there is none.
find_nvcc() {
  local candidate
  for candidate in "$(command -v nvcc || true)" /usr/local/cuda/bin/nvcc \
    .cache/cuda/lib/python3*/site-packages/nvidia/cu13/bin/nvcc; do
    if [[ -x "$candidate" ]] && "$candidate" --version >/dev/null 2>&1; then
      realpath "$candidate"
      return
    fi
  done
}

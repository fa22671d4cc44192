# CMakeLists.txt is the one truth of the build; this target only hands over to it, so that node-gyp finds what it looks
# for. GYP_DEFINES="static_blas=ON" links OpenBLAS into the addon.
{
  'variables': { 'static_blas%': 'OFF' },
  'targets': [
    {
      'target_name': 'planesearch',
      'type': 'none',
      'actions': [
        {
          'action_name': 'cmake',
          'inputs': ['CMakeLists.txt'],
          'outputs': ['<(module_root_dir)/build/cmake/Release/planesearch.node'],
          'action': [
            'node', '<(module_root_dir)/node_modules/cmake-js/bin/cmake-js', 'build',
            '--directory', '<(module_root_dir)', '--out', '<(module_root_dir)/build/cmake', '--CDSTATIC_BLAS=<(static_blas)',
          ],
        },
      ],
      'copies': [
        { 'files': ['<(module_root_dir)/build/cmake/Release/planesearch.node'], 'destination': '<(PRODUCT_DIR)' },
      ],
    },
  ],
}

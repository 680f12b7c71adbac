import tseslint from 'typescript-eslint'

/** Lint with types: a promise that nobody waits for is how a tool like this loses data without a word. */
export default tseslint.config(
  { ignores: ['actions/st2upgrade.js', 'node_modules/', 'coverage/', '**/*.cjs', 'tests/fixtures/'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none', ignoreRestSiblings: true }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      'no-console': 'error',
      'no-restricted-syntax': ['error', { selector: "MemberExpression[object.name='process'][property.name=/^(exit|argv|stdout|stdin)$/]", message: 'process.* belongs to src/main.ts and src/cli' }],
    },
  },
  { files: ['src/main.ts', 'src/cli/**'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['tests/**', 'bench/**', 'scripts/**', '*.mjs'],
    rules: {
      'no-console': 'off',
      'no-restricted-syntax': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  // Plain JavaScript has no types to lint with.
  { files: ['**/*.mjs'], ...tseslint.configs.disableTypeChecked },
)

// Shipped group `build-files`: files in which a project says what its build, tests and tasks do.

/** The manifests of the program tables (tested), and what they include by convention. */
export const BUILD_FILES: readonly string[] = [
  '**/{package.json,composer.json,deno.json,deno.jsonc}',
  '**/{GNUmakefile,BSDmakefile,makefile,Makefile}',
  '**/*.mk',
  '**/{.justfile,justfile,Justfile,JUSTFILE}',
  '**/{taskfile,Taskfile}.{yml,yaml}',
  '**/{rakefile,Rakefile}',
  '**/{rakefile,Rakefile}.rb',
  '**/{tox.ini,tox.toml,setup.cfg,setup.py,manage.py,pyproject.toml,noxfile.py,tasks.py,dodo.py,pytest.ini,.pytest.ini,conftest.py}',
  '**/{build.ninja,magefile.go,SConstruct,meson.build,wscript,CMakeLists.txt}',
  '**/{Cargo.toml,build.rs,go.mod}',
  '**/{pom.xml,mvnw,gradlew}',
  '**/{settings,build}.gradle',
  '**/{settings,build}.gradle.kts',
  '**/{gradle,.mvn}/wrapper/*',
  '**/{mix.exs,stack.yaml,Package.swift,pubspec.yaml,Gemfile}',
  '**/*.{csproj,fsproj,vbproj,sln}',
  '**/Directory.Build.{props,targets}',
];
